/* SPDX-License-Identifier: Apache-2.0 */
/* url_sign.c - see url_sign.h. */
#include "url_sign.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

static int cmp_name(const void *name, const void *service)
{
    return strcmp(name, ((const gw_urlauth_service *)service)->name);
}

static const char *find_number(const gw_urlauth_conf *conf, const char *name)
{
    const gw_urlauth_service *service;

    if (name == NULL || *name == '\0')
        return NULL;
    service = bsearch(name, conf->services, (size_t)conf->nservices, sizeof(*service), cmp_name);
    return service != NULL ? service->number : NULL;
}

static const char *find_by_host(const gw_urlauth_conf *conf, const char *host, apr_pool_t *p)
{
    const char *number;
    apr_size_t len;
    char *lower;

    if (host == NULL)
        return NULL;
    lower = apr_pstrdup(p, host);
    for (char *c = lower; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    len = strlen(lower);
    if ((number = find_number(conf, lower)) != NULL || len < 4 || strcmp(lower + len - 4, ".com") != 0)
        return number;
    lower[len - 4] = '\0';
    return find_number(conf, lower);
}

/* The route's path as it is, without its last slash, and without the first one. */
static const char *find_by_path(const gw_urlauth_conf *conf, const char *path, apr_size_t len, apr_pool_t *p)
{
    char *own = apr_pstrmemdup(p, path, len);
    const char *number = find_number(conf, own);

    while (number == NULL && len > 0 && own[len - 1] == '/') {
        own[--len] = '\0';
        number = find_number(conf, own);
    }
    return number != NULL || *own != '/' ? number : find_number(conf, own + 1);
}

const char *gw_url_sign(const gw_url_place *place, const gw_urlauth_conf *conf, apr_pool_t *p)
{
    const char *number = find_number(conf, place->service), *rest = place->path + place->matched;

    if (number == NULL)
        number = find_by_host(conf, place->host, p);
    if (number == NULL)
        number = find_by_path(conf, place->path, place->matched, p);
    if (number == NULL)
        return NULL;
    if (place->matched > 0 && rest[-1] == '/') /* the slash belongs to the rest, too */
        rest--;
    return apr_pstrcat(p, number, *rest == '/' ? "" : "/", rest, NULL);
}
