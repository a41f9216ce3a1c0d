/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_hook_payload.c - the first line is a query, header lines follow up to an empty one, then the body. What the hook
 * gets is JSON of the three members, and a client cannot say the target.
 */
#include "fuzz.h"
#include "hook_payload.h"

#include <string.h>
#include <apr_strings.h>

/* The line at *at without its end; moves *at behind it. */
static char *take_line(char **at, const char *end, apr_pool_t *p)
{
    char *from = *at, *to = memchr(from, '\n', (size_t)(end - from));
    const apr_size_t len = (apr_size_t)((to != NULL ? to : end) - from);

    *at = from + len + (to != NULL);
    return apr_pstrmemdup(p, from, len);
}

static apr_table_t *take_headers(char **at, const char *end, apr_pool_t *p)
{
    apr_table_t *headers = apr_table_make(p, 8);
    char *line, *colon;

    while (*at < end && *(line = take_line(at, end, p)) != '\0') {
        if ((colon = strchr(line, ':')) == NULL)
            continue;
        *colon = '\0';
        apr_table_addn(headers, line, colon + 1);
    }
    return headers;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const gw_strings all = { 0, 0, NULL };
    gw_hook_request request = { .method = "GET", .path = "/p" };
    json_t *payload, *headers;
    apr_size_t got;
    const char *text, *end, *body;
    apr_pool_t *p;
    char *at;

    p = make_input_pool();
    at = apr_pstrmemdup(p, (const char *)bytes, len);
    end = at + len;
    request.query = take_line(&at, end, p);
    request.headers = take_headers(&at, end, p);
    request.body = body = at;
    request.body_len = (apr_size_t)(end - at);
    text = gw_hook_payload(&got, &request, &all, p);
    payload = json_loadb(text, got, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    must(payload != NULL && json_is_object(json_object_get(payload, "uri_args")));
    headers = json_object_get(payload, "headers");
    must(strcmp(json_string_value(json_object_get(headers, "target_method")), "GET") == 0);
    must(strncmp(json_string_value(json_object_get(headers, "target_uri")), "/p?", 3) == 0);
    if (json_is_string(json_object_get(payload, "body_data")))
        must(json_string_length(json_object_get(payload, "body_data")) == request.body_len
             && memcmp(json_string_value(json_object_get(payload, "body_data")), body, request.body_len) == 0);
    else
        must(request.body_len == 0 || json_is_string(json_object_get(payload, "body_base64")));
    json_decref(payload);
    apr_pool_destroy(p);
    return 0;
}
