/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_check.c - decisions only; mod_gw_admin.c answers 421 and 403.
 */
#include "origin_check.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static int is_in(const char *what, const apr_array_header_t *list)
{
    int i;

    for (i = 0; list != NULL && i < list->nelts; i++)
        if (strcasecmp(what, APR_ARRAY_IDX(list, i, const char *)) == 0)
            return 1;
    return 0;
}

static int is_ip(const char *host, size_t len)
{
    unsigned char address[16];
    char bare[INET6_ADDRSTRLEN + 1];

    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }
    if (len >= sizeof(bare))
        return 0;
    memcpy(bare, host, len);
    bare[len] = '\0';
    return inet_pton(AF_INET, bare, address) == 1 || inet_pton(AF_INET6, bare, address) == 1;
}

static int is_same_name(const char *host, size_t len, const char *name)
{
    return name != NULL && strlen(name) == len && strncasecmp(host, name, len) == 0;
}

int gw_host_is_known(const char *host, const char *machine, const char *server_name,
                     const apr_array_header_t *allowed)
{
    size_t len;
    int i;

    if (host == NULL)
        return 1;
    len = strlen(host);
    if (len > 1 && host[len - 1] == '.')
        len--;
    if (len == 0)
        return 0;
    if (is_ip(host, len) || memchr(host, '.', len) == NULL)
        return memchr(host, ':', len) == NULL || is_ip(host, len);
    if (is_same_name(host, len, machine) || is_same_name(host, len, server_name))
        return 1;
    for (i = 0; allowed != NULL && i < allowed->nelts; i++)
        if (is_same_name(host, len, APR_ARRAY_IDX(allowed, i, const char *)))
            return 1;
    return 0;
}

/* host[:port] without the scheme's own port. */
static size_t authority_len(const char *authority, const char *scheme)
{
    const char *own = strcasecmp(scheme, "https") == 0 ? ":443" : ":80";
    const char *name_end = authority[0] == '[' ? strchr(authority, ']') : authority;
    const char *port = name_end != NULL ? strchr(name_end, ':') : NULL;

    return port != NULL && port != authority && strcmp(port, own) == 0 ? (size_t)(port - authority) : strlen(authority);
}

static int is_same_origin(const gw_origin_facts *facts)
{
    size_t scheme_len = strlen(facts->scheme), len;
    const char *authority;

    if (facts->host == NULL || strncasecmp(facts->origin, facts->scheme, scheme_len) != 0
        || strncmp(facts->origin + scheme_len, "://", 3) != 0)
        return 0;
    authority = facts->origin + scheme_len + 3;
    len = authority_len(authority, facts->scheme);
    return len == authority_len(facts->host, facts->scheme) && strncasecmp(authority, facts->host, len) == 0;
}

gw_origin_verdict gw_origin_judge(const gw_origin_facts *facts)
{
    if (facts->origin != NULL && is_in(facts->origin, facts->allowed))
        return GW_ORIGIN_TRUSTED;
    if (facts->fetch_site != NULL) {
        if (strcmp(facts->fetch_site, "same-origin") == 0)
            return facts->origin != NULL ? GW_ORIGIN_TRUSTED : GW_ORIGIN_NONE;
        /* typed into the address bar, or a bookmark; a page's own requests never say so */
        return strcmp(facts->fetch_site, "none") == 0 && facts->origin == NULL ? GW_ORIGIN_NONE : GW_ORIGIN_REFUSED;
    }
    if (facts->origin == NULL)
        return GW_ORIGIN_NONE;
    return is_same_origin(facts) ? GW_ORIGIN_TRUSTED : GW_ORIGIN_REFUSED;
}
