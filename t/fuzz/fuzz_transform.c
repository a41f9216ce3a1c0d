/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_transform.c - the first byte chooses a content type, the rest is a body. Whatever it is: after the rules a removed
 * name is gone, an added one is there, and what was made can be read again.
 */
#include "fuzz.h"
#include "transform_edit.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "arena.h"
#include "multipart.h"

static const char *const types[] = {
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
};

static void check(int type, const char *bytes, apr_size_t len, apr_pool_t *p)
{
    const gw_transform_editor *const editors[] = { &gw_json_editor, &gw_pairs_editor, &gw_multipart_editor };
    json_t *json = type == 0 ? json_loadb(bytes, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL) : NULL;
    void *doc = type == 0   ? (void *)json
                : type == 1 ? (void *)gw_pairs_parse(bytes, len, p)
                            : (void *)gw_multipart_doc_parse(types[2], bytes, len, p);

    must(doc != NULL);
    must(!editors[type]->has(doc, "a"));
    must(editors[type]->has(doc, "n"));
    must(editors[type]->has(doc, "m"));
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const removed[] = { "a" }, *const renamed[] = { "b:c" }, *const replaced[] = { "d:1" },
                      *const added[] = { "n:&=\"x\r\n" }, *const appended[] = { "m:2" };
    static const gw_strings no_types = { 0, 0, NULL };
    static const gw_template_env nothing;
    static gw_transform_rules rules;
    static apr_pool_t *parent;
    static gw_arena *arena;
    const char *out;
    apr_size_t out_len;
    apr_pool_t *p;
    char *body;
    int type;

    if (parent == NULL) {
        apr_initialize();
        apr_pool_create(&parent, NULL);
        arena = gw_arena_make(0);
        gw_transform_literals_make(&rules.remove, &(gw_strings){ 1, 1, removed }, &no_types, arena);
        gw_transform_literals_make(&rules.rename, &(gw_strings){ 1, 1, renamed }, &no_types, arena);
        gw_transform_literals_make(&rules.replace, &(gw_strings){ 1, 1, replaced }, &no_types, arena);
        gw_transform_literals_make(&rules.add, &(gw_strings){ 1, 1, added }, &no_types, arena);
        gw_transform_literals_make(&rules.append, &(gw_strings){ 1, 1, appended }, &no_types, arena);
    }
    if (len == 0)
        return 0;
    apr_pool_create(&p, parent);
    type = bytes[0] % 3;
    body = malloc(len); /* of its exact size, for ASan */
    must(body != NULL);
    memcpy(body, bytes + 1, len - 1);
    if (gw_body_transform(&out, &out_len, &rules, types[type], body, len - 1, &nothing, p) == GW_BODY_CHANGED)
        check(type, out, out_len, p);
    free(body);
    apr_pool_destroy(p);
    return 0;
}
