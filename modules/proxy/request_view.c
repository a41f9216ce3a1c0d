/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_view.c - the request as a judge is to see it: from where and how it came, and its headers as the upstream
 * would get them. Proxies that are trusted (GwTrustedProxies) are believed what they say of others. Changes nothing of
 * the request.
 */
#include "request_view.h"

#include <apr_strings.h>
#include <http_ssl.h>

#include "canonical.h"
#include "conf.h"

static void gather_facts(gw_connection_facts *facts, const apr_table_t *client, request_rec *r, const gw_request *q)
{
    const char *host = apr_table_get(client, "Host");

    /* mod_remoteip, when it is there, has settled who asks; who may speak for others is the peer itself. */
    facts->peer_ip = r->useragent_ip;
    facts->is_trusted = gw_conf_trusts_peer(r);
    facts->is_tls = q->is_tls;
    facts->host = host && *host ? host : r->hostname ? r->hostname : r->server->server_hostname;
    facts->port = r->connection->local_addr->port;
    facts->path = q->raw_path;
    facts->prefix = q->prefix;
}

const char *gw_client_ip(request_rec *r)
{
    gw_connection_facts facts;

    facts.peer_ip = r->useragent_ip;
    facts.is_trusted = gw_conf_trusts_peer(r);
    return gw_forwarded_client_ip(facts.is_trusted ? apr_table_get(r->headers_in, "X-Real-IP") : NULL, &facts);
}

const char *gw_scheme(request_rec *r)
{
    gw_connection_facts facts;

    facts.is_tls = ap_ssl_conn_is_ssl(r->connection);
    facts.is_trusted = gw_conf_trusts_peer(r);
    return gw_forwarded_is_https(facts.is_trusted ? apr_table_get(r->headers_in, "X-Forwarded-Proto") : NULL, &facts)
               ? "https"
               : "http";
}

gw_forwarded gw_forwarded_of(const apr_table_t *client, request_rec *r, const gw_request *q)
{
    gw_forwarded sent = { 0 }, out;
    gw_connection_facts facts;

    gather_facts(&facts, client, r, q);
    sent.chain = apr_table_get(client, "X-Forwarded-For");
    if (facts.is_trusted) {
        sent.real_ip = apr_table_get(client, "X-Real-IP");
        sent.proto = apr_table_get(client, "X-Forwarded-Proto");
        sent.host = apr_table_get(client, "X-Forwarded-Host");
        sent.port = apr_table_get(client, "X-Forwarded-Port");
        sent.path = apr_table_get(client, "X-Forwarded-Path");
        sent.prefix = apr_table_get(client, "X-Forwarded-Prefix");
    }
    gw_forwarded_compute(&out, &sent, &facts, r->pool);
    return out;
}

/* ---- the request as plugins and the services that they ask are to see it ---- */

/* Replace, or drop, what the client says of others by what the gateway would. */
static void correct_forwarded(apr_table_t *headers, request_rec *r, const gw_request *q)
{
    const gw_forwarded out = gw_forwarded_of(r->headers_in, r, q);
    const struct {
        const char *name, *value;
    } ours[] = {
        { "X-Real-IP", out.real_ip }, { "X-Forwarded-For", out.chain }, { "X-Forwarded-Proto", out.proto },
        { "X-Forwarded-Host", out.host }, { "X-Forwarded-Port", out.port }, { "X-Forwarded-Path", out.path },
        { "X-Forwarded-Prefix", out.prefix },
    };

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (apr_table_get(headers, ours[i].name) == NULL)
            continue;
        if (ours[i].value != NULL)
            apr_table_setn(headers, ours[i].name, ours[i].value);
        else
            apr_table_unset(headers, ours[i].name);
    }
}

static int has_forwarded(const apr_table_t *headers)
{
    const apr_table_entry_t *entries = (const apr_table_entry_t *)apr_table_elts(headers)->elts;

    for (int i = 0; i < apr_table_elts(headers)->nelts; i++)
        if ((entries[i].key[0] | 0x20) == 'x'
            && (ap_cstr_casecmpn(entries[i].key, "X-Forwarded-", 12) == 0
                || ap_cstr_casecmp(entries[i].key, "X-Real-IP") == 0))
            return 1;
    return 0;
}

/* The client's copies are gone since access_checker. */
static void add_identity(apr_table_t *headers, const gw_request *q)
{
    const gw_consumer *consumer = q->consumer;

    if (consumer == NULL)
        return;
    apr_table_addn(headers, "X-Consumer-ID", consumer->id);
    if (consumer->custom_id != NULL)
        apr_table_addn(headers, "X-Consumer-Custom-ID", consumer->custom_id);
    if (consumer->username != NULL)
        apr_table_addn(headers, "X-Consumer-Username", consumer->username);
    if (q->is_anonymous)
        apr_table_addn(headers, "X-Anonymous-Consumer", "true");
    else if (q->credential_identifier != NULL)
        apr_table_addn(headers, "X-Credential-Identifier", q->credential_identifier);
}

apr_table_t *gw_request_headers(request_rec *r)
{
    const gw_request *q = gw_request_get(r);
    apr_table_t *headers = apr_table_copy(r->pool, r->headers_in);

    if (q == NULL)
        return headers;
    for (int i = 0; q->removed && i < q->removed->nelts; i++)
        apr_table_unset(headers, APR_ARRAY_IDX(q->removed, i, const char *));
    if (has_forwarded(headers))
        correct_forwarded(headers, r, q);
    add_identity(headers, q);
    if (q->upstream_headers != NULL)
        apr_table_overlap(headers, q->upstream_headers, APR_OVERLAP_TABLES_SET);
    return headers;
}

const char *gw_request_path(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return gw_path_encode(q && q->path ? q->path : r->uri, r->pool);
}
