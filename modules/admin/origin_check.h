/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin_check.h - may this Host be asked, may this page ask? Guards the Admin API against other sites' pages and
 * against DNS rebinding. Pure.
 */
#ifndef GW_ADMIN_ORIGIN_CHECK_H
#define GW_ADMIN_ORIGIN_CHECK_H

#include <apr_tables.h>

/* `host` is lower case and without a port (NULL: none sent). Known are: none, IP literals, localhost, single labels,
 * the machine's name, the server's name, and the list (of const char *, may be NULL). */
int gw_host_is_known(const char *host, const char *machine, const char *server_name,
                     const apr_array_header_t *allowed);

typedef enum gw_origin_verdict {
    GW_ORIGIN_NONE,    /* no browser's cross-origin request, as far as one can tell: no CORS headers */
    GW_ORIGIN_TRUSTED, /* the same origin, or one of the list: CORS headers */
    GW_ORIGIN_REFUSED
} gw_origin_verdict;

typedef struct gw_origin_facts {
    const char *origin;     /* Origin, or NULL */
    const char *fetch_site; /* Sec-Fetch-Site, or NULL; pages cannot forge it */
    const char *scheme;     /* of this request */
    const char *host;       /* the Host header with its port, or NULL */
    const apr_array_header_t *allowed; /* of const char *, may be NULL */
} gw_origin_facts;

/* Sec-Fetch-Site counts where it is sent; else Origin is compared with scheme and host of the request. */
gw_origin_verdict gw_origin_judge(const gw_origin_facts *facts);

#endif
