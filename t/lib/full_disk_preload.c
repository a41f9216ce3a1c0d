/* SPDX-License-Identifier: Apache-2.0 */
/*
 * full_disk_preload.c - for tests of a disk without room: preloaded into httpd, it refuses to write to files whose name
 * begins with $GW_TEST_FULL_DISK while that name with ".full" behind it exists.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_full(int fd)
{
    const char *prefix = getenv("GW_TEST_FULL_DISK");
    char link[64], name[4096], flag[4096];
    ssize_t len;

    if (prefix == NULL)
        return 0;
    snprintf(flag, sizeof(flag), "%s.full", prefix);
    if (access(flag, F_OK) != 0)
        return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, name, sizeof(name) - 1);
    return len > 0 && (size_t)len >= strlen(prefix) && memcmp(name, prefix, strlen(prefix)) == 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    static ssize_t (*system_pwrite)(int, const void *, size_t, off64_t);

    if (system_pwrite == NULL)
        *(void **)&system_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    if (is_full(fd)) {
        errno = ENOSPC;
        return -1;
    }
    return system_pwrite(fd, bytes, len, at);
}
