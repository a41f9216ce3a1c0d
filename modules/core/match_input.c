/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_input.c - a request as the router sees it: host and port, SNI, headers by name.
 */
#include "match_input.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <http_ssl.h>

#include "match.h"

static int is_same_name(const char *header, const char *lower)
{
    for (; *header && *lower; header++, lower++) {
        char c = *header == '_' ? '-' : (char)apr_tolower(*header);

        if (c != *lower)
            return 0;
    }
    return *header == *lower;
}

/* The nth element of a list, or NULL and *nth counted down. */
static const char *nth_element(const char *list, int *nth, apr_pool_t *p)
{
    while (*list) {
        apr_size_t len;

        list += strspn(list, ", \t");
        len = strcspn(list, ",");
        if (len > 0 && (*nth)-- == 0) {
            while (list[len - 1] == ' ' || list[len - 1] == '\t')
                len--;
            return apr_pstrmemdup(p, list, len);
        }
        list += len;
    }
    return NULL;
}

/* httpd has joined repeated headers to a list: its elements are values too (RFC 9110 5.3). */
static const char *nth_header(void *baton, const char *name, int nth)
{
    const request_rec *r = baton;
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    const apr_table_entry_t *e = (const apr_table_entry_t *)headers->elts;
    int i, n = headers->nelts < GW_MATCH_HEADERS ? headers->nelts : GW_MATCH_HEADERS;

    for (i = 0; i < n; i++) {
        const char *element;

        if (e[i].key == NULL || !is_same_name(e[i].key, name))
            continue;
        if (nth-- == 0)
            return e[i].val;
        if (strchr(e[i].val, ',') && (element = nth_element(e[i].val, &nth, r->pool)) != NULL)
            return element;
    }
    return NULL;
}

/* Of the client's handshake; without one dot at its end, as routes have it. */
static const char *read_sni(request_rec *r)
{
    const char *sni = ap_ssl_var_lookup(r->pool, r->server, r->connection, r, "SSL_TLS_SNI");
    apr_size_t len = sni ? strlen(sni) : 0;

    if (len == 0)
        return NULL;
    return sni[len - 1] == '.' ? apr_pstrmemdup(r->pool, sni, len - 1) : sni;
}

void gw_match_input_read(gw_match_input *input, request_rec *r, const char *path)
{
    memset(input, 0, sizeof(*input));
    input->method = r->method;
    gw_host_split(&input->host, &input->port, apr_table_get(r->headers_in, "Host"), r->pool);
    input->path = path;
    input->is_tls = ap_ssl_conn_is_ssl(r->connection);
    if (input->is_tls)
        input->sni = read_sni(r);
    input->header = nth_header;
    input->baton = r;
}
