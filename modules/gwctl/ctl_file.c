/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl_file.c - whole files in and out.
 */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define FIRST_BYTES 65536
#define MOST_BYTES 268435456 /* what the Admin API takes */

/* NULL: told. */
static char *read_all(size_t *len, int fd, const char *name)
{
    size_t size = FIRST_BYTES, used = 0;
    char *bytes = malloc(size), *grown;
    ssize_t n = 0;

    while (bytes != NULL && (n = read(fd, bytes + used, size - used - 1)) > 0) {
        used += (size_t)n;
        if (used > MOST_BYTES) {
            gw_ctl_complain("%s: more than %d bytes", name, MOST_BYTES);
            free(bytes);
            return NULL;
        }
        if (size - used > 1)
            continue;
        if ((grown = realloc(bytes, size * 2)) == NULL)
            break;
        bytes = grown;
        size *= 2;
    }
    if (bytes == NULL || n != 0) {
        gw_ctl_complain("%s: %s", name, strerror(errno));
        free(bytes);
        return NULL;
    }
    bytes[used] = '\0';
    *len = used;
    return bytes;
}

char *gw_ctl_read_file(size_t *len, const char *name)
{
    int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    char *bytes;

    if (fd < 0) {
        gw_ctl_complain("%s: %s", name, strerror(errno));
        return NULL;
    }
    bytes = read_all(len, fd, name);
    if (fd != STDIN_FILENO)
        close(fd);
    return bytes;
}

const char *gw_ctl_type_of(const char *name, const char *bytes, size_t len)
{
    size_t n = strlen(name), skipped = strspn(bytes, " \t\r\n");

    if (n > 5 && strcasecmp(name + n - 5, ".json") == 0)
        return "application/json";
    if (strcmp(name, "-") == 0 && skipped < len && bytes[skipped] == '{')
        return "application/json";
    return "text/yaml";
}

gw_ctl_exit gw_ctl_write(const char *name, const char *bytes, size_t len)
{
    /* credentials are in it */
    int fd = name == NULL ? STDOUT_FILENO : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int is_bad = fd < 0;

    while (!is_bad && len > 0) {
        ssize_t n = write(fd, bytes, len);

        is_bad = n < 0 && errno != EINTR;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    if (fd >= 0 && name != NULL)
        is_bad |= close(fd) != 0;
    if (!is_bad)
        return GW_CTL_DONE;
    gw_ctl_complain("%s: %s", name != NULL ? name : "standard output", strerror(errno));
    return GW_CTL_FAILED;
}
