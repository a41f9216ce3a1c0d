/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_upstream_headers.c - any bytes as a header name that may claim an identity, as a Host and as what a client says
 * about itself.
 */
#include "forwarded.h"
#include "fuzz.h"
#include "identity.h"

#include <ctype.h>
#include <string.h>
#include <apr_strings.h>

/* What an upstream may fold a protected name into is protected too. */
static void check_name(const char *name, apr_pool_t *p)
{
    char *folded = apr_pstrdup(p, name), *c;

    for (c = folded; *c; c++)
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    must(!gw_identity_is_protected(name) || gw_identity_is_protected(folded));
}

static void check_forwarded(const char *text, apr_pool_t *p)
{
    gw_connection_facts facts = { .peer_ip = "192.0.2.1", .host = text, .path = "/", .port = 8000 };
    gw_forwarded sent = { text, text, text, text, text, text, text }, out;

    gw_forwarded_compute(&out, &sent, &facts, p);
    must(strcmp(out.real_ip, facts.peer_ip) == 0 && strcmp(out.proto, "http") == 0);
    must(strcmp(out.port, "8000") == 0 && out.prefix == NULL);
    must(strlen(out.host) <= strlen(text));
    must(strlen(out.chain) >= strlen(facts.peer_ip) &&
         strcmp(out.chain + strlen(out.chain) - strlen(facts.peer_ip), facts.peer_ip) == 0);
    facts.is_trusted = 1;
    gw_forwarded_compute(&out, &sent, &facts, p);
    must(*text == '\0' || strcmp(out.host, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p;
    const char *text;

    p = make_input_pool();
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    check_name(text, p);
    check_forwarded(text, p);
    apr_pool_destroy(p);
    return 0;
}
