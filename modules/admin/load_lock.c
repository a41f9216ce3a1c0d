/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_lock.c - flock on a file: it also keeps threads of one process apart, and dies with its holder.
 */
#include "load_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <apr_strings.h>

int gw_load_lock_try(int *lock, const char *state_dir, apr_pool_t *p)
{
    const char *name = apr_pstrcat(p, state_dir, "/declarative.lock", NULL);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(fd);
        return 0;
    }
    *lock = fd;
    return 1;
}

void gw_load_lock_release(int lock)
{
    if (lock >= 0)
        close(lock);
}
