/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_keyauth.c - any bytes as a body that may hold a key: what is removed is gone, and JSON stays JSON.
 */
#include "fuzz.h"
#include "keyauth_body.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <jansson.h>

/* A removed member leaves an object that differs in nothing else. */
static void check_json(const char *bytes, size_t len, const char *rest, size_t left, const char *name)
{
    json_t *before = gw_json_parse_foreign(bytes, len, 100, GW_JSON_BODY_VALUES);
    json_t *after = gw_json_parse_foreign(rest, left, 100, GW_JSON_BODY_VALUES);

    must(before != NULL && after != NULL);
    json_object_del(before, name);
    must(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}

static void check_body(const char *type, const char *bytes, size_t len, const char *name, apr_pool_t *p)
{
    gw_key_body *body = gw_key_body_parse(type, bytes, len, p), *again;
    apr_size_t left;
    const char *rest;
    int count;

    if (body == NULL)
        return;
    gw_key_body_get(&count, body, name, p);
    rest = gw_key_body_remove(&left, body, name, p);
    must(left <= len);
    again = gw_key_body_parse(type, rest, left, p);
    must(again != NULL && gw_key_body_get(&count, again, name, p) == NULL);
    if (strcmp(type, "application/json") == 0)
        check_json(bytes, len, rest, left, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const names[] = { "key", "a", "" };
    apr_pool_t *p;
    char *exact;
    size_t i;

    p = make_input_pool();
    /* Without a NUL behind it, so that reading too far is seen. */
    exact = malloc(len > 0 ? len : 1);
    memcpy(exact, bytes, len);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        check_body("application/json", exact, len, names[i], p);
        check_body("application/x-www-form-urlencoded", exact, len, names[i], p);
        check_body("multipart/form-data; boundary=X", exact, len, names[i], p);
    }
    free(exact);
    apr_pool_destroy(p);
    return 0;
}
