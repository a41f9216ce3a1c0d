/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forwarded.h - what an upstream is told about the client: X-Real-IP and X-Forwarded-*.
 *
 * One rule for all of them: what a trusted peer says is kept, what anybody else says is replaced. The table stands in
 * docs/routing.md "Upstream request headers". Pure: plain strings in, plain strings out.
 */
#ifndef GW_CORE_FORWARDED_H
#define GW_CORE_FORWARDED_H

#include <apr_network_io.h>
#include <apr_pools.h>
#include <apr_tables.h>

/* The headers that are written, and read from a trusted peer. */
typedef struct gw_forwarded {
    const char *real_ip; /* X-Real-IP */
    const char *chain;   /* X-Forwarded-For */
    const char *proto;   /* X-Forwarded-Proto */
    const char *host;    /* X-Forwarded-Host */
    const char *port;    /* X-Forwarded-Port */
    const char *path;    /* X-Forwarded-Path */
    const char *prefix;  /* X-Forwarded-Prefix; NULL = it is not sent */
} gw_forwarded;

/* What this connection and this request really are. */
typedef struct gw_connection_facts {
    const char *peer_ip;
    int is_trusted;      /* the peer is in GwTrustedProxies */
    int is_tls;
    const char *host;    /* the Host header as received, or the server's name; never NULL */
    int port;            /* the local port that was connected to */
    const char *path;    /* as received, without query */
    const char *prefix;  /* what strip_path took off; NULL = nothing but "/" */
} gw_connection_facts;

/* `out` is what to send when the client sent `in` (NULL members: not sent by it). Strings are borrowed or in p. */
void gw_forwarded_compute(gw_forwarded *out, const gw_forwarded *in, const gw_connection_facts *facts, apr_pool_t *p);

/* The client's address: what a trusted peer says in X-Real-IP if that is an address, else the peer's. Borrowed. */
const char *gw_forwarded_client_ip(const char *real_ip, const gw_connection_facts *facts);
/* 1 when the client came by https: a trusted peer's X-Forwarded-Proto says so or, without one, this connection. */
int gw_forwarded_is_https(const char *proto, const gw_connection_facts *facts);

/* The host part of a Host header, lower-cased, without port. In p. */
char *gw_host_without_port(const char *host, apr_pool_t *p);
/* 1 when `address` lies in one of `subnets` (of apr_ipsubnet_t *; NULL = none); an IPv4 address that arrives mapped
 * into IPv6 counts as IPv4. */
int gw_address_is_in(apr_sockaddr_t *address, const apr_array_header_t *subnets);

#endif
