/* SPDX-License-Identifier: Apache-2.0 */
/* claim_headers.c - see claim_headers.h. Values are made fit for a header line where core writes it. */
#include "claim_headers.h"

#include <stdlib.h>
#include <apr_lib.h>
#include <apr_strings.h>

/* Upstreams with CGI's names cannot tell X-User-Id from X_User_Id. */
static int is_same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if ((*a == '_' ? '-' : apr_tolower(*a)) != (*b == '_' ? '-' : apr_tolower(*b)))
            return 0;
    return *a == *b;
}

void gw_claim_headers_strip(request_rec *r, const gw_jwt_conf *conf)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)headers->elts;
    int i, k;

    for (k = 0; k < conf->nclaim_headers; k++)
        for (i = 0; i < headers->nelts; i++)
            if (is_same_name(entries[i].key, conf->claim_headers[k].header))
                gw_hide_header(r, entries[i].key);
}

static const char *format_json(const json_t *value, apr_pool_t *p)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    const char *copy = text != NULL ? apr_pstrdup(p, text) : NULL;

    free(text);
    return copy;
}

static const char *format_one(const json_t *value, apr_pool_t *p)
{
    if (value == NULL || json_is_null(value))
        return NULL;
    return json_is_string(value) ? json_string_value(value) : format_json(value, p);
}

static const char *format_claim(const json_t *value, apr_pool_t *p)
{
    const char *all = NULL, *one;
    const json_t *item;
    size_t i;

    if (!json_is_array(value))
        return format_one(value, p);
    json_array_foreach(value, i, item)
        if ((one = format_one(item, p)) != NULL)
            all = all != NULL ? apr_pstrcat(p, all, ",", one, NULL) : one;
    return all;
}

void gw_claim_headers_set(request_rec *r, const gw_jwt_conf *conf, const json_t *payload)
{
    int k;

    for (k = 0; k < conf->nclaim_headers; k++) {
        const char *value = format_claim(json_object_get(payload, conf->claim_headers[k].claim), r->pool);

        if (value != NULL)
            gw_upstream_header(r, conf->claim_headers[k].header, value);
    }
}
