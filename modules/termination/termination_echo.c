/* SPDX-License-Identifier: Apache-2.0 */
/* termination_echo.c - see termination_echo.h. */
#include "termination_echo.h"

#include <string.h>
#include <strings.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "multipart.h"
#include "text.h"

#define MAX_PAIRS 1000
#define MAX_DEPTH 100 /* of JSON */

/* ---- text ---- */

static json_t *text_of_bytes(const char *bytes, apr_size_t len, apr_pool_t *p)
{
    char *out, *to;

    if (gw_utf8_is_valid(bytes, len))
        return json_stringn(bytes, len);
    out = to = apr_palloc(p, 2 * len + 1);
    for (apr_size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c >= 0x80) {
            *to++ = (char)(0xc0 | c >> 6);
            c = 0x80 | (c & 0x3f);
        }
        *to++ = (char)c;
    }
    return json_stringn(out, (size_t)(to - out));
}

static json_t *text_of(const char *s, apr_pool_t *p)
{
    return s != NULL ? text_of_bytes(s, strlen(s), p) : json_null();
}

static const char *lower(const char *s, apr_pool_t *p)
{
    char *out = apr_pstrdup(p, s);

    for (char *c = out; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    return out;
}

/* A name that comes again makes a list of its values. */
static void add_member(json_t *object, json_t *name, json_t *value)
{
    json_t *known = json_object_get(object, json_string_value(name));

    if (known == NULL)
        json_object_set_new(object, json_string_value(name), value);
    else if (json_is_array(known))
        json_array_append_new(known, value);
    else
        json_object_set_new(object, json_string_value(name), json_pack("[O,o]", known, value));
    json_decref(name);
}

/* ---- the parts ---- */

static json_t *describe_headers(const apr_table_t *table, apr_pool_t *p)
{
    const apr_array_header_t *headers = apr_table_elts(table);
    json_t *object = json_object();

    for (int i = 0; i < headers->nelts; i++) {
        const apr_table_entry_t *header = &APR_ARRAY_IDX(headers, i, apr_table_entry_t);

        add_member(object, text_of(lower(header->key, p), p), text_of(header->val, p));
    }
    return object;
}

static json_t *describe_query(const char *query, apr_pool_t *p)
{
    apr_array_header_t *pairs = query != NULL ? gw_query_parse(query, MAX_PAIRS, p) : NULL;
    json_t *object = json_object();

    for (int i = 0; pairs != NULL && i < pairs->nelts; i++) {
        const gw_pair *pair = &APR_ARRAY_IDX(pairs, i, gw_pair);

        add_member(object, text_of(pair->name, p), pair->bare ? json_true() : text_of(pair->value, p));
    }
    return object;
}

static json_t *describe_multipart(const char *type, const gw_echo_request *request, apr_pool_t *p)
{
    apr_array_header_t *pairs = gw_multipart_parse(type, request->body, request->body_len, MAX_PAIRS, p);
    json_t *object = json_object();

    for (int i = 0; pairs != NULL && i < pairs->nelts; i++) {
        const gw_form_pair *pair = &APR_ARRAY_IDX(pairs, i, gw_form_pair);

        add_member(object, text_of_bytes(pair->key, strlen(pair->key), p),
                   text_of_bytes(pair->value, pair->value_len, p));
    }
    return object;
}

static int is_type(const char *header, const char *type)
{
    apr_size_t len = strcspn(header, "; \t");

    return strlen(type) == len && strncasecmp(header, type, len) == 0;
}

static json_t *describe_body(const gw_echo_request *request, apr_pool_t *p)
{
    const char *type = apr_table_get(request->headers, "Content-Type");
    json_t *json;

    if (type == NULL || request->body == NULL)
        return json_null();
    if (is_type(type, "application/x-www-form-urlencoded"))
        return describe_query(apr_pstrmemdup(p, request->body, request->body_len), p);
    if (is_type(type, "multipart/form-data"))
        return describe_multipart(type, request, p);
    if (!is_type(type, "application/json"))
        return json_null();
    json = gw_json_parse_foreign(request->body, request->body_len, MAX_DEPTH, GW_JSON_BODY_VALUES);
    return json != NULL ? json : json_null();
}

json_t *gw_echo_describe(const gw_echo_request *request, apr_pool_t *p)
{
    return json_pack("{s:o,s:o,s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "scheme", text_of(request->scheme, p), "host",
                     text_of(request->host, p), "port", request->port, "method", text_of(request->method, p), "path",
                     text_of(request->path, p), "headers", describe_headers(request->headers, p), "query",
                     describe_query(request->query, p), "body", describe_body(request, p), "raw_body",
                     request->body != NULL ? text_of_bytes(request->body, request->body_len, p) : json_null());
}
