/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forwarded.c - computes X-Real-IP and X-Forwarded-* from what the client sent and what the connection is.
 * Knows no request: upstream_headers.c reads and writes the headers.
 */
#include "forwarded.h"

#include <string.h>
#include <strings.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <arpa/inet.h>

static int is_given(const char *value)
{
    return value != NULL && *value != '\0';
}

/* Only a trusted peer's word counts. */
static const char *choose(const char *said, const char *own, const gw_connection_facts *facts)
{
    return facts->is_trusted && is_given(said) ? said : own;
}

static int is_ip(const char *text)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

char *gw_host_without_port(const char *host, apr_pool_t *p)
{
    apr_size_t len;
    char *out, *c;

    /* The colons of an IPv6 literal stand in brackets. */
    len = host[0] == '[' && strchr(host, ']') ? (apr_size_t)(strchr(host, ']') - host) + 1 : strcspn(host, ":");
    out = apr_pstrmemdup(p, host, len);
    for (c = out; *c; c++)
        *c = (char)apr_tolower(*c);
    return out;
}

int gw_address_is_in(apr_sockaddr_t *address, const apr_array_header_t *subnets)
{
    int i;

    if (subnets == NULL || address == NULL)
        return 0;
    for (i = 0; i < subnets->nelts; i++)
        if (apr_ipsubnet_test(APR_ARRAY_IDX(subnets, i, apr_ipsubnet_t *), address))
            return 1;
    return 0;
}

const char *gw_forwarded_client_ip(const char *real_ip, const gw_connection_facts *facts)
{
    const char *said = choose(real_ip, NULL, facts);

    return said && is_ip(said) ? said : facts->peer_ip;
}

int gw_forwarded_is_https(const char *proto, const gw_connection_facts *facts)
{
    const char *said = choose(proto, NULL, facts);

    return said ? strcasecmp(said, "https") == 0 : facts->is_tls;
}

void gw_forwarded_compute(gw_forwarded *out, const gw_forwarded *in, const gw_connection_facts *facts, apr_pool_t *p)
{
    out->real_ip = gw_forwarded_client_ip(in->real_ip, facts);
    out->chain = is_given(in->chain) ? apr_pstrcat(p, in->chain, ", ", facts->peer_ip, NULL) : facts->peer_ip;
    out->proto = choose(in->proto, facts->is_tls ? "https" : "http", facts);
    out->host = choose(in->host, NULL, facts);
    if (out->host == NULL)
        out->host = gw_host_without_port(facts->host, p);
    out->port = choose(in->port, NULL, facts);
    if (out->port == NULL)
        out->port = apr_itoa(p, facts->port);
    out->path = choose(in->path, facts->path, facts);
    out->prefix = choose(in->prefix, facts->prefix, facts);
}
