/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - the state of one request, its id, and what plugins may ask of it.
 */
#include "request.h"

#include <string.h>

#include "text.h"

extern module AP_MODULE_DECLARE_DATA gw_module;

#define ID_BYTES 16
#define IDS_AT_ONCE 32

/* Ids only have to be unique and hard to guess: the system is asked once for many. Plain thread-local bytes, so that
 * a thread of mod_http2 that comes and goes leaves nothing behind. */
static void make_id(char out[33])
{
    static __thread unsigned char buffer[ID_BYTES * IDS_AT_ONCE];
    static __thread unsigned left;
    static const char hex[] = "0123456789abcdef";
    const unsigned char *bytes;
    int i;

    if (left == 0) {
        gw_random_bytes(buffer, sizeof(buffer));
        left = IDS_AT_ONCE;
    }
    bytes = buffer + --left * ID_BYTES;
    for (i = 0; i < ID_BYTES; i++) {
        out[2 * i] = hex[bytes[i] >> 4];
        out[2 * i + 1] = hex[bytes[i] & 15];
    }
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
    q = apr_pcalloc(r->pool, sizeof(*q));
    q->began = r->request_time;
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

void gw_secret_query(request_rec *r, const gw_strings *names)
{
    gw_request *q = gw_request_get(r);

    if (q && names->n > 0 && q->nsecret_query < (int)(sizeof(q->secret_query) / sizeof(q->secret_query[0])))
        q->secret_query[q->nsecret_query++] = names;
}
