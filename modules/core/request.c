/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - the state of one request, its id, and what plugins may ask of it.
 */
#include "request.h"

#include <stddef.h>
#include <string.h>
#include <apr_strings.h>
#include <http_ssl.h>
#include <http_vhost.h>

#include "coherence.h"
#include "mask.h"
#include "text.h"
#include "trace.h"

extern module AP_MODULE_DECLARE_DATA gw_module;

#define ID_BYTES 16
#define IDS_AT_ONCE 256 /* asking the system costs as much as a proxied request's whole routing */

/* Hex digits of the sixteen bytes that begin with digit h. */
#define ROW(h) h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" h "8" h "9" h "a" h "b" h "c" h "d" h "e" h "f"

typedef struct id_store {
    unsigned left;
    unsigned char bytes[ID_BYTES * IDS_AT_ONCE];
} id_store;

/* Ids only have to be unique and hard to guess: the system is asked once for many. Plain thread-local bytes, so that
 * a thread of mod_http2 that comes and goes leaves nothing behind. */
static void take_id(unsigned char id[ID_BYTES])
{
    static __thread id_store own;
    id_store *store = &own;

    if (store->left == 0) {
        gw_random_bytes(store->bytes, sizeof(store->bytes));
        store->left = IDS_AT_ONCE;
    }
    memcpy(id, store->bytes + --store->left * ID_BYTES, ID_BYTES);
}

static void make_id(char out[33])
{
    static const char pairs[] = ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7")
        ROW("8") ROW("9") ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f");
    unsigned char id[ID_BYTES];
    int i;

    take_id(id);
    for (i = 0; i < ID_BYTES; i++)
        memcpy(out + 2 * i, pairs + 2 * id[i], 2);
    out[32] = '\0';
}

gw_request *gw_request_get(request_rec *r)
{
    return ap_get_module_config(r->request_config, &gw_module);
}

gw_request *gw_request_make(request_rec *r)
{
    gw_request *q = gw_request_get(r), *origin;

    if (q)
        return q;
    q = apr_palloc(r->pool, sizeof(*q));
    memset(q, 0, offsetof(gw_request, pinned));
    q->began = r->request_time;
    q->is_tls = ap_ssl_conn_is_ssl(r->connection) != 0;
    if (r->main)
        q->trace = gw_trace_of(r->connection);
    origin = r->main ? gw_request_get(r->main) : r->prev ? gw_request_get(r->prev) : NULL;
    if (origin)
        memcpy(q->id, origin->id, sizeof(q->id));
    else
        make_id(q->id);
    ap_set_module_config(r->request_config, &gw_module, q);
    return q;
}

/* ---- what plugins ask ---- */

const gw_consumer *gw_request_consumer(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q ? q->consumer : NULL;
}

const gw_credential *gw_request_credential(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q ? q->credential : NULL;
}

int gw_is_routed(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && (q->route || q->dir || q->static_service);
}

const char *gw_route_id(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && q->route ? q->route->id : NULL;
}

const char *gw_route_for_log(request_rec *r)
{
    const char *id = gw_route_id(r);

    return id ? id : "-";
}

const char *gw_route_name(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && q->route ? q->route->name : NULL;
}

const char *gw_service_id(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && q->service ? q->service->id : NULL;
}

const char *gw_service_name(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return !q ? NULL : q->service ? q->service->name : q->static_service;
}

const char *gw_request_canonical(request_rec *r, apr_size_t *matched)
{
    const gw_request *q = gw_request_get(r);

    if (matched != NULL)
        *matched = q && q->route && q->path ? q->match.matched_len : 0;
    return q && q->path ? q->path : r->uri;
}

const char *gw_request_host(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    if (q && q->route && q->static_service == NULL)
        return q->route->hosts.n > 0 ? r->hostname : NULL;
    if (r->hostname == NULL || !ap_matches_request_vhost(r, r->hostname, r->connection->local_addr->port))
        return NULL;
    return r->hostname;
}

const char *gw_request_masked(request_rec *r, const char *line)
{
    const gw_request *q = gw_request_get(r);
    const gw_snapshot *snapshot;

    if (strchr(line, '?') == NULL)
        return line;
    snapshot = q && q->snapshot ? q->snapshot : gw_snapshot_at_hand(r);
    return gw_mask_request_line(line, snapshot ? gw_snapshot_secret_query(snapshot) : NULL, r->pool);
}

int gw_is_tried_out(request_rec *r, const char *left_out)
{
    const gw_request *q = gw_request_get(r);

    if (q == NULL || q->trace == NULL)
        return 0;
    if (left_out != NULL)
        gw_trace_verdict(q->trace, "not asked", left_out);
    return 1;
}

void gw_explain(request_rec *r, const char *format, ...)
{
    const gw_request *q = gw_request_get(r);
    va_list args;

    if (q == NULL || q->trace == NULL)
        return;
    va_start(args, format);
    gw_trace_explain(q->trace, apr_pvsprintf(r->pool, format, args));
    va_end(args);
}
