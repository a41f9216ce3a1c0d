/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_answer.c - what a client sends that our own answers and logs are made of: Accept, Host, the request line.
 * Holds: every body is well-formed for its format, a masked line is a fixed point, a split
 * Host is part of what was sent.
 */
#include <stdlib.h>
#include <string.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <jansson.h>

#include "fuzz.h"
#include "error_body.h"
#include "mask.h"
#include "match.h"

#define XML_DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

static void check(int good)
{
    if (!good)
        abort();
}

static void try_bodies(const char *text, apr_pool_t *p)
{
    json_t *json = json_loads(gw_body_exit(text, p), 0, NULL);
    const char *grpc = gw_grpc_message(text, p);

    check(json != NULL);
    json_decref(json);
    check(gw_body_negotiate(text, GW_BODY_PLAIN) <= GW_BODY_PLAIN);
    json = json_loads(gw_body_error(GW_BODY_JSON, text, p), 0, NULL);
    check(json != NULL);
    json_decref(json);
    check(strchr(gw_body_error(GW_BODY_XML, text, p) + strlen(XML_DECLARATION), '"') == NULL);
    for (; *grpc; grpc++)
        check(*grpc >= 0x20 && *grpc <= 0x7e);
}

static void try_line(const char *text, apr_pool_t *p)
{
    static const char *const names[] = { "a", "b;c", "my-key" };
    static const gw_strings secrets = { 3, 1, names };
    const char *masked = gw_mask_request_line(text, &secrets, p);
    const char *host;
    int port;

    check(strcmp(gw_mask_request_line(masked, &secrets, p), masked) == 0);
    check(*gw_target_path(text, p) == '/');
    gw_host_split(&host, &port, text, p);
    check(port >= 0 && port <= 65535 && strncmp(text, host, strlen(host)) == 0);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    apr_pool_t *p;
    const char *text;

    apr_initialize();
    apr_pool_create(&p, NULL);
    text = apr_pstrmemdup(p, (const char *)data, size);
    try_bodies(text, p);
    try_line(text, p);
    apr_pool_destroy(p);
    return 0;
}
