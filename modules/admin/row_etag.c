/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row_etag.c - SHA-256 over the row's canonical JSON: rows have no version of their own, and times of change are
 * whole seconds.
 */
#include "row_etag.h"

#include <apr_escape.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define TAG_BYTES 16 /* of the hash that are shown */

/* As the database would give it back: every field is there, and a number is a number. */
static json_t *settle(const gw_field *field, json_t *value)
{
    if (value == NULL)
        return json_null();
    if (field->type == GW_T_NUMBER && json_is_integer(value))
        return json_real((double)json_integer_value(value));
    return json_incref(value);
}

const char *gw_etag_make(const gw_schema *schema, const json_t *row, apr_pool_t *p)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    char *tag = apr_palloc(p, 2 * TAG_BYTES + 3), *text;
    json_t *whole = json_object();
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++)
        json_object_set_new(whole, field->name, settle(field, json_object_get(row, field->name)));
    text = json_dumps(whole, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(whole);
    if (text == NULL || EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL) != 1)
        abort(); /* out of memory, as APR has it */
    free(text);
    *tag = '"';
    apr_escape_hex(tag + 1, hash, TAG_BYTES, 0, NULL);
    memcpy(tag + 1 + 2 * TAG_BYTES, "\"", 2);
    return tag;
}

/* Is the quoted tag at `s`, `len` bytes with its quotes, ours? */
static int is_same(const char *s, size_t len, const char *etag)
{
    static const char *const marks[] = { "", "-gzip", "-br" };
    size_t own = strlen(etag) - 1, i; /* without the last quote */

    if (len < own + 1 || strncmp(s, etag, own) != 0)
        return 0;
    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (len - own - 1 == strlen(marks[i]) && strncmp(s + own, marks[i], strlen(marks[i])) == 0)
            return 1;
    return 0;
}

int gw_etag_matches(const char *header, const char *etag, int is_weak)
{
    const char *s = header;

    if (etag == NULL)
        return 0;
    for (;;) {
        const char *end;
        int marked;

        s += strspn(s, " \t,");
        if (*s == '*')
            return 1;
        marked = strncmp(s, "W/", 2) == 0;
        s += marked ? 2 : 0;
        if (*s != '"' || (end = strchr(s + 1, '"')) == NULL)
            return 0;
        if ((!marked || is_weak) && is_same(s, (size_t)(end + 1 - s), etag))
            return 1;
        s = end + 1;
    }
}
