/* SPDX-License-Identifier: Apache-2.0 */
/* entities_protocols.c - protocols as bits, for routes and plugins alike. */
#include "entities.h"

#include <string.h>

static const struct {
    const char *name;
    unsigned bit;
} protocols_by_name[] = {
    { "http", GW_PROTO_HTTP },   { "https", GW_PROTO_HTTPS }, { "grpc", GW_PROTO_GRPC },
    { "grpcs", GW_PROTO_GRPCS }, { "tcp", GW_PROTO_TCP },     { "tls", GW_PROTO_TLS },
    { "udp", GW_PROTO_UDP },     { "tls_passthrough", GW_PROTO_TLS_PASSTHROUGH },
};

unsigned gw_protocols_parse(const json_t *protocols)
{
    unsigned bits = 0;
    size_t i, k;

    for (i = 0; i < json_array_size(protocols); i++) {
        const char *name = json_string_value(json_array_get(protocols, i));

        for (k = 0; name != NULL && k < sizeof(protocols_by_name) / sizeof(protocols_by_name[0]); k++) {
            if (strcmp(name, protocols_by_name[k].name) == 0)
                bits |= protocols_by_name[k].bit;
        }
    }
    return bits;
}
