/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.c - what a request met, as JSON for people: its route, its service, what its path captured. Made from the
 * compiled rows, so that nobody waits for the database; members that no request needs (tags, times of change) are
 * left out.
 */
#include <apr_strings.h>

#include "coherence.h"
#include "entities.h"
#include "request.h"
#include "schema.h"

static const struct {
    unsigned bit;
    const char *name;
} protocols[] = {
    { GW_PROTO_GRPC, "grpc" }, { GW_PROTO_GRPCS, "grpcs" }, { GW_PROTO_HTTP, "http" }, { GW_PROTO_HTTPS, "https" },
    { GW_PROTO_TCP, "tcp" }, { GW_PROTO_TLS, "tls" }, { GW_PROTO_TLS_PASSTHROUGH, "tls_passthrough" },
    { GW_PROTO_UDP, "udp" },
};

static json_t *list_protocols(unsigned bits)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
        if (bits & protocols[i].bit)
            json_array_append_new(list, json_string(protocols[i].name));
    return list;
}

static json_t *list_headers(const gw_route *route)
{
    json_t *headers = route->nheaders > 0 ? json_object() : json_null();

    for (int i = 0; i < route->nheaders; i++) {
        const gw_route_header *header = &route->headers[i];
        json_t *values = json_array();

        for (int k = 0; k < header->values.n; k++)
            json_array_append_new(values, json_string(header->values.v[k]));
        json_object_set_new(headers, header->name, values);
    }
    return headers;
}

json_t *gw_route_describe(request_rec *r)
{
    const gw_request *q = gw_request_get(r);
    json_t *row;

    if (q == NULL || q->route == NULL)
        return NULL;
    row = gw_schema_restore(gw_entity_routes.schema, q->route);
    json_object_set_new(row, "id", json_string(q->route->id));
    json_object_set_new(row, "protocols", list_protocols(q->route->protocols));
    json_object_set_new(row, "headers", list_headers(q->route));
    json_object_set_new(row, "path_handling", json_string(q->route->path_handling_v1 ? "v1" : "v0"));
    return row;
}

json_t *gw_service_describe(request_rec *r)
{
    const gw_request *q = gw_request_get(r);
    json_t *row;

    if (q == NULL || q->service == NULL)
        return NULL;
    row = gw_schema_restore(gw_entity_services.schema, q->service);
    json_object_set_new(row, "id", json_string(q->service->id));
    if (q->service->tls_verify < 0)
        json_object_set_new(row, "tls_verify", json_null());
    if (q->service->tls_verify_depth < 0)
        json_object_set_new(row, "tls_verify_depth", json_null());
    return row;
}

json_t *gw_captures_describe(request_rec *r)
{
    const gw_request *q = gw_request_get(r);
    json_t *named = json_object();

    for (int i = 0; q != NULL && q->path != NULL && i < q->match.ncaptures; i++) {
        const int from = q->match.capture_offsets[2 * i], to = q->match.capture_offsets[2 * i + 1];

        json_object_set_new(named, q->match.capture_names[i], json_stringn(q->path + from, (size_t)(to - from)));
    }
    return json_pack("{s:o,s:[]}", "named", named, "unnamed");
}

const unsigned char *gw_shared_secret(void)
{
    return gw_coherence_secret();
}

const char *gw_node_id(void)
{
    return gw_coherence_node_id();
}
