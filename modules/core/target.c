/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.c - what a request line and a Host header say, before anything is decoded. RFC 9112 3.2, RFC 9110 7.2.
 */
#include "match.h"

#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "router.h"

const char *gw_target_path_and_query(const char *target)
{
    const char *authority;

    if (*target == '/')
        return target;
    if ((authority = strstr(target, "://")) == NULL)
        return "/";
    target = authority + 3;
    target += strcspn(target, "/?#");
    return *target == '/' ? target : "/";
}

const char *gw_target_path(const char *target, apr_pool_t *p)
{
    const char *path = gw_target_path_and_query(target);
    apr_size_t len = strcspn(path, "?#");

    return path[len] ? apr_pstrmemdup(p, path, len) : path;
}

void gw_host_split(const char **host, int *port, const char *header, apr_pool_t *p)
{
    apr_size_t len;

    *host = header ? header : "";
    len = gw_host_len(port, *host);
    if ((*host)[len])
        *host = apr_pstrmemdup(p, *host, len);
}
