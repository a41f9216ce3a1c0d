/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_headers.c - reads and writes the headers that tell an upstream who asks and how the request came.
 *
 * Clients' copies of identity headers go in access_checker, before any plugin looks. What the gateway says goes into
 * mod_proxy's private copy of the headers, in mod_proxy's own fixups: a client's "Connection: X-Consumer-ID" has
 * removed from that copy what it could by then. It goes there as one entry (header_block.h). Only HTTP is sent that
 * way: FastCGI and its like, and handlers that are no proxy, read r->headers_in, which becomes a copy for them.
 */
#include "upstream_headers.h"

#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_log.h>
#include <mod_proxy.h>

#include "header_block.h"
#include "identity.h"
#include "proxying.h"
#include "request_view.h"
#include "text.h"
#include "worker.h"

APLOG_USE_MODULE(gw);

/* ---- early: what clients may not say ---- */

static void strip_identity(request_rec *r)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)headers->elts;
    apr_array_header_t *found = NULL;
    int i;

    for (i = 0; i < headers->nelts; i++) {
        if (!gw_identity_is_protected(entries[i].key))
            continue;
        if (found == NULL)
            found = apr_array_make(r->pool, 4, sizeof(char *));
        APR_ARRAY_PUSH(found, const char *) = entries[i].key;
    }
    for (i = 0; found && i < found->nelts; i++)
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(found, i, const char *));
    if (found)
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, GWLOGNO(1510) "upstream: %d identity header(s) of the client "
                      "removed", found->nelts);
}

/* ---- what plugins ask for ---- */

void gw_upstream_header(request_rec *r, const char *name, const char *value)
{
    gw_request *q = gw_request_get(r);

    if (q == NULL)
        return;
    if (value == NULL) {
        gw_hide_header(r, name);
        return;
    }
    if (q->upstream_headers == NULL)
        q->upstream_headers = apr_table_make(r->pool, 4);
    apr_table_set(q->upstream_headers, name, value);
}

void gw_hide_header(request_rec *r, const char *name)
{
    gw_request *q = gw_request_get(r);

    if (q == NULL)
        return;
    if (q->upstream_headers)
        apr_table_unset(q->upstream_headers, name);
    if (q->removed == NULL)
        q->removed = apr_array_make(r->pool, 4, sizeof(char *));
    APR_ARRAY_PUSH(q->removed, const char *) = apr_pstrdup(r->pool, name);
}

/* With ProxyPass's nocanon the client's query stands in the upstream's URL, and r->args is not looked at. */
static void hide_in_raw_url(request_rec *r, const char *name)
{
    const char *query = strchr(r->filename, '?'), *rest;

    if (query == NULL)
        return;
    rest = gw_query_remove(query + 1, name, r->pool);
    r->filename = apr_pstrcat(r->pool, apr_pstrmemdup(r->pool, r->filename, (apr_size_t)(query - r->filename)),
                              rest ? "?" : "", rest, NULL);
}

void gw_hide_query(request_rec *r, const char *name)
{
    if (r->args)
        r->args = (char *)gw_query_remove(r->args, name, r->pool);
    if (r->proxyreq && r->filename && apr_table_get(r->notes, "proxy-nocanon"))
        hide_in_raw_url(r, name);
}

/* ---- late: what the gateway says ---- */

static void write_host(request_rec *r, const gw_request *q, const gw_worker *worker)
{
    const char *sent = q->route->preserve_host ? apr_table_get(q->proxying->client_headers, "Host") : NULL;

    apr_table_setn(r->headers_in, "Host", sent && *sent ? sent : worker->host_header);
}

static void write_forwarded(gw_header_block *block, request_rec *r, const gw_request *q)
{
    const gw_forwarded out = gw_forwarded_of(q->proxying->client_headers, r, q);

    GW_HEADER_BLOCK_ADD(block, "X-Real-IP", out.real_ip, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Forwarded-For", out.chain, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Forwarded-Proto", out.proto, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Forwarded-Host", out.host, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Forwarded-Port", out.port, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Forwarded-Path", out.path, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Forwarded-Prefix", out.prefix, r->pool);
}

/* Between mod_proxy, which drops all of them, and the contract, which does not. */
static void write_hop_by_hop(request_rec *r, const gw_request *q)
{
    const apr_table_t *client = q->proxying->client_headers;
    const char *value;

    apr_table_unset(r->headers_in, "Proxy");
    if ((value = apr_table_get(client, "TE")) != NULL && ap_find_token(r->pool, value, "trailers"))
        apr_table_setn(r->headers_in, "TE", "trailers");
    /* mod_proxy takes "Connection: close" for the name of a header. */
    if ((value = apr_table_get(client, "Close")) != NULL)
        apr_table_setn(r->headers_in, "Close", value);
    if (q->proxying->max_forwards)
        apr_table_setn(r->headers_in, "Max-Forwards", q->proxying->max_forwards);
}

static void write_identity(gw_header_block *block, request_rec *r, const gw_request *q)
{
    const gw_consumer *consumer = q->consumer;

    if (consumer == NULL)
        return;
    GW_HEADER_BLOCK_ADD(block, "X-Consumer-ID", consumer->id, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Consumer-Custom-ID", consumer->custom_id, r->pool);
    GW_HEADER_BLOCK_ADD(block, "X-Consumer-Username", consumer->username, r->pool);
    if (q->is_anonymous)
        GW_HEADER_BLOCK_ADD(block, "X-Anonymous-Consumer", "true", r->pool);
    else
        GW_HEADER_BLOCK_ADD(block, "X-Credential-Identifier", q->credential_identifier, r->pool);
}

/* Is this what a plugin has set or removed, by a name that upstreams may take for the same? */
static int is_plugins(const char *name, const gw_request *q)
{
    const apr_array_header_t *set = q->upstream_headers ? apr_table_elts(q->upstream_headers) : NULL;
    int i;

    for (i = 0; q->removed && i < q->removed->nelts; i++)
        if (gw_header_is_like(name, APR_ARRAY_IDX(q->removed, i, const char *)))
            return 1;
    for (i = 0; set && i < set->nelts; i++)
        if (gw_header_is_like(name, APR_ARRAY_IDX(set, i, apr_table_entry_t).key))
            return 1;
    return 0;
}

/* A client cannot speak beside a plugin: X_User where X-User was set or removed. */
static void remove_disguised(apr_table_t *headers, const gw_request *q)
{
    const apr_array_header_t *all = apr_table_elts(headers);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)all->elts;
    int i = 0;

    if (q->removed == NULL && q->upstream_headers == NULL)
        return;
    while (i < all->nelts) {
        if (gw_header_is_disguised(entries[i].key) && is_plugins(entries[i].key, q))
            apr_table_unset(headers, entries[i].key); /* the next one stands here now */
        else
            i++;
    }
}

/* Theirs win over ours. */
static void write_plugins_words(gw_header_block *block, request_rec *r, const gw_request *q)
{
    const apr_array_header_t *headers;
    const apr_table_entry_t *entries;
    int i;

    remove_disguised(r->headers_in, q);
    for (i = 0; q->removed && i < q->removed->nelts; i++) {
        gw_header_block_drop(block, APR_ARRAY_IDX(q->removed, i, const char *));
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(q->removed, i, const char *));
    }
    if (q->upstream_headers == NULL)
        return;
    headers = apr_table_elts(q->upstream_headers);
    entries = (const apr_table_entry_t *)headers->elts;
    for (i = 0; i < headers->nelts; i++) {
        if (*entries[i].key == '\0' || *ap_scan_http_token(entries[i].key) != '\0')
            continue;
        gw_header_block_drop(block, entries[i].key);
        apr_table_setn(r->headers_in, entries[i].key, gw_header_value(entries[i].val, r->pool));
    }
}

/* Those that the gateway writes, but for what only plugins set. */
static int is_ours(const char *name)
{
    static const char *const ours[] = { "X-Real-IP", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
                                        "X-Forwarded-Port", "X-Forwarded-Path", "X-Forwarded-Prefix",
                                        "X-Kong-Request-Id", "X-Consumer-ID", "X-Consumer-Custom-ID",
                                        "X-Consumer-Username", "X-Credential-Identifier", "X-Anonymous-Consumer" };

    if ((name[0] | 0x20) != 'x' || name[1] != '-')
        return 0;
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (((name[2] ^ ours[i][2]) & ~0x20) == 0 && ap_cstr_casecmp(name, ours[i]) == 0)
            return 1;
    return 0;
}

/* What the client calls by the names of ours; identity headers went before, in access_checker. */
static void remove_clients_words(request_rec *r)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)headers->elts;
    int i = 0;

    while (i < headers->nelts) {
        if (is_ours(entries[i].key))
            apr_table_unset(r->headers_in, entries[i].key); /* the next one stands here now */
        else
            i++;
    }
}

/* Into r->headers_in, but for what is left in the block. */
static void write_words(gw_header_block *block, request_rec *r, const gw_request *q)
{
    /* MergeTrailers: what came behind a body that a plugin has read stands among the headers by now. */
    if (!apr_is_empty_table(r->trailers_in))
        strip_identity(r);
    block->n = 0;
    remove_clients_words(r);
    if (r->proxyreq)
        write_hop_by_hop(r, q);
    write_forwarded(block, r, q);
    if (q->id[0])
        GW_HEADER_BLOCK_ADD(block, "X-Kong-Request-Id", q->id, r->pool);
    write_identity(block, r, q);
    write_plugins_words(block, r, q);
}

/* mod_proxy's fixups, once per attempt: r->headers_in is the copy that is about to be sent. */
static int hook_write_headers(request_rec *r)
{
    const gw_request *q = gw_request_get(r);
    gw_header_block block;

    if (q == NULL || q->proxying == NULL)
        return DECLINED;
    if (q->route && q->proxying->worker)
        write_host(r, q, q->proxying->worker);
    write_words(&block, r, q);
    if (block.n > 0)
        apr_table_addn(r->headers_in, block.lines[0].name, gw_header_block_join(&block, r->pool));
    return OK;
}

/* ---- the same, for those who read r->headers_in ---- */

/* Once or again, with one result: the client's own words are kept. */
static void write_apart(request_rec *r, const gw_request *q)
{
    gw_header_block block;
    int i;

    if (r->headers_in == q->proxying->client_headers)
        r->headers_in = apr_table_copy(r->pool, r->headers_in);
    write_words(&block, r, q);
    for (i = 0; i < block.n; i++)
        apr_table_setn(r->headers_in, block.lines[i].name, block.lines[i].value);
}

/* Those for which mod_proxy runs its fixups. */
static int is_sent_as_http(const char *url)
{
    static const char *const schemes[] = { "http:", "https:", "ws:", "wss:" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
            return 1;
    return 0;
}

/* Here, behind mod_proxy's balancers, it is known how the request will be sent. */
static int hook_write_for_scheme(request_rec *r, proxy_worker *worker, proxy_server_conf *conf, char *url,
                                 const char *proxy_name, apr_port_t proxy_port)
{
    const gw_request *q = gw_request_get(r);

    (void)worker;
    (void)conf;
    (void)proxy_name;
    (void)proxy_port;
    if (q && q->proxying && !is_sent_as_http(url))
        write_apart(r, q);
    return DECLINED;
}

/* A script's environment is made of r->headers_in. */
static int hook_write_for_handler(request_rec *r)
{
    gw_request *q = gw_request_get(r);

    if (q == NULL || q->route || q->proxying || r->proxyreq)
        return DECLINED;
    q->proxying = apr_pcalloc(r->pool, sizeof(*q->proxying));
    q->proxying->client_headers = r->headers_in;
    write_apart(r, q);
    return DECLINED;
}

/* The request that r has its headers from, if it is the gateway's and they were written there; or NULL. */
static const gw_request *speaker_before(const request_rec *r)
{
    request_rec *from = r->prev ? r->prev : r->main;
    const gw_request *q = NULL;

    while (from && (q = gw_request_get(from)) == NULL)
        from = from->prev ? from->prev : from->main;
    return q && q->proxying && from->headers_in != q->proxying->client_headers ? q : NULL;
}

/* Subrequests and internal redirects of a script's or a file's request are judged by what the client said. What others
 * have taken out since, such as Content-Length, stays out. */
static void take_back_words(request_rec *r, const gw_request *before)
{
    const apr_array_header_t *now = apr_table_elts(r->headers_in);
    const apr_array_header_t *client = apr_table_elts(before->proxying->client_headers);
    int i = 0;

    while (i < now->nelts) {
        const char *name = APR_ARRAY_IDX(now, i, apr_table_entry_t).key;

        if (is_ours(name) || is_plugins(name, before))
            apr_table_unset(r->headers_in, name); /* the next one stands here now */
        else
            i++;
    }
    for (i = 0; i < client->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(client, i, apr_table_entry_t);

        if (is_ours(entry->key) || is_plugins(entry->key, before))
            apr_table_addn(r->headers_in, entry->key, entry->val);
    }
}

static int hook_hear_client(request_rec *r)
{
    const gw_request *before;

    if (gw_request_get(r) == NULL)
        return DECLINED;
    if ((before = speaker_before(r)) != NULL)
        take_back_words(r, before);
    strip_identity(r);
    return DECLINED;
}

void gw_upstream_headers_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_check_access(hook_hear_client, NULL, NULL, GW_ORDER(1000000), AP_AUTH_INTERNAL_PER_URI);
    ap_hook_handler(hook_write_for_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    proxy_hook_scheme_handler(hook_write_for_scheme, NULL, NULL, APR_HOOK_REALLY_FIRST);
    APR_OPTIONAL_HOOK(proxy, fixups, hook_write_headers, NULL, NULL, APR_HOOK_LAST);
}
