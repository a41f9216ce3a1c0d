/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accept_body.c - the decision table of content types, and the three decoders behind it.
 */
#include "accept_body.h"

#include <apr_strings.h>
#include <string.h>

#include "form_keys.h"
#include "json_pool.h"
#include "multipart.h"
#include "schema.h"
#include "text.h"
#include "urlencoded.h"

#define MAX_JSON_DEPTH 64

/* In the reference's order; prefixes are compared as they are written. */
static const struct { const char *prefix; gw_body_kind kind; } types[] = {
    { "application/json", GW_BODY_JSON },
    { "multipart/form-data", GW_BODY_MULTIPART },
    { "application/x-www-form-urlencoded", GW_BODY_FORM },
    { "text/yaml", GW_BODY_YAML },
    { "application/yaml", GW_BODY_YAML },
    { "application/x-yaml", GW_BODY_YAML },
};

gw_body_kind gw_body_kind_of(const char *content_type, int has_bytes, int takes_yaml)
{
    size_t i;

    if (content_type == NULL)
        return has_bytes ? GW_BODY_REFUSED : GW_BODY_NONE;
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strncmp(content_type, types[i].prefix, strlen(types[i].prefix)) == 0)
            return types[i].kind == GW_BODY_YAML && !takes_yaml ? GW_BODY_REFUSED : types[i].kind;
    }
    return GW_BODY_REFUSED;
}

/* A schema violation at the field that `bad` addresses. `why` NULL: its key is no text at all. */
static const gw_error *refuse_pair(const gw_form_pair *bad, const char *why, apr_pool_t *p)
{
    gw_error *err = apr_pcalloc(p, sizeof(*err));
    const char *text = why != NULL ? why : "unknown field";
    gw_form_pair shown = { .key = bad->key, .key_len = bad->key_len, .value = text, .value_len = strlen(text) };

    if (why == NULL) {
        shown.key = gw_text_printable(bad->key, bad->key_len, p);
        shown.key_len = strlen(shown.key);
    }
    err->code = GW_E_SCHEMA;
    err->fields = gw_json_keep(gw_form_object(&shown, 1, p), p);
    err->message = gw_errors_message(err->fields, p);
    return err;
}

static gw_body_result decode_pairs(const apr_array_header_t *pairs, apr_pool_t *p)
{
    gw_body_result result = { .is_form = 1 };
    const gw_form_pair *all, *bad;
    const char *why = NULL;

    if (pairs == NULL) {
        result.message = "Too many arguments";
        return result;
    }
    all = (const gw_form_pair *)pairs->elts;
    if ((bad = gw_form_find_bad(&why, all, pairs->nelts, p)) != NULL)
        result.err = refuse_pair(bad, why, p);
    else
        result.object = gw_form_object(all, pairs->nelts, p);
    return result;
}

gw_body_result gw_body_decode(gw_body_kind kind, const char *content_type, const char *bytes, apr_size_t len,
                              apr_pool_t *p)
{
    gw_body_result result = { .object = NULL };

    switch (kind) {
    case GW_BODY_JSON:
        result.object = gw_json_parse(bytes, len, MAX_JSON_DEPTH);
        if (!json_is_object(result.object)) {
            json_decref(result.object);
            result.object = NULL;
            result.message = "Cannot parse JSON body";
        }
        return result;
    case GW_BODY_FORM:
        return decode_pairs(gw_urlencoded_parse(bytes, len, GW_MAX_ARGUMENTS, p), p);
    case GW_BODY_MULTIPART:
        return decode_pairs(gw_multipart_parse(content_type, bytes, len, GW_MAX_ARGUMENTS, p), p);
    default:
        result.object = json_object();
        return result;
    }
}
