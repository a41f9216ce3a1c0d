/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_offset.c - nothing but one uuid is ever taken from an offset, so a forged one can only name another place in
 * the same order. Offsets of tags name an entity and a tag, too: they are compared, never used otherwise.
 */
#include "page_offset.h"

#include <apr_base64.h>
#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define UUID_LEN 36
#define TEXT_LEN (UUID_LEN + 4) /* ["..."] */
#define MAX_OFFSET 128
#define MAX_DIGITS 18 /* of a number: no more than 64 bits hold */

static const char *refuse(const char *offset, const char *why, apr_pool_t *p)
{
    return apr_psprintf(p, "'%s' is not a valid offset: bad %s encoding", offset, why);
}

static const char *encode(const char *text, apr_pool_t *p)
{
    int len = (int)strlen(text);
    char *out = apr_palloc(p, (apr_size_t)apr_base64_encode_len(len));

    apr_base64_encode(out, text, len);
    out[strcspn(out, "=")] = '\0';
    return out;
}

/* A uuid in lower case, in p; NULL if it is none. */
static const char *take_uuid(const char *text, apr_size_t len, apr_pool_t *p)
{
    char *uuid = apr_pstrmemdup(p, text, len), *c;

    if (!gw_uuid_is(uuid))
        return NULL;
    for (c = uuid; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
    return uuid;
}

const char *gw_offset_format(const char *id, apr_pool_t *p)
{
    return encode(apr_pstrcat(p, "[\"", id, "\"]", NULL), p);
}

const char *gw_offset_parse(const char **id, const char *offset, apr_pool_t *p)
{
    unsigned char text[MAX_OFFSET + 1];
    apr_size_t offset_len = strlen(offset);
    apr_ssize_t len = -1;

    if (offset_len > 0 && offset_len <= MAX_OFFSET)
        len = gw_base64_decode_any(text, offset, offset_len);
    if (len < 0)
        return refuse(offset, "base64", p);
    if (len == TEXT_LEN && memcmp(text, "[\"", 2) == 0 && memcmp(text + 2 + UUID_LEN, "\"]", 2) == 0
        && (*id = take_uuid((const char *)text + 2, UUID_LEN, p)) != NULL)
        return NULL;
    return refuse(offset, "json", p);
}

const char *gw_number_offset_format(apr_int64_t number, apr_pool_t *p)
{
    return encode(apr_psprintf(p, "[\"%" APR_INT64_T_FMT "\"]", number), p);
}

const char *gw_number_offset_parse(apr_int64_t *number, const char *offset, apr_pool_t *p)
{
    char text[MAX_OFFSET + 1], *end;
    apr_size_t offset_len = strlen(offset);
    apr_ssize_t len = -1;

    if (offset_len > 0 && offset_len <= MAX_OFFSET)
        len = gw_base64_decode_any((unsigned char *)text, offset, offset_len);
    if (len < 0)
        return refuse(offset, "base64", p);
    text[len] = '\0';
    if (len < 5 || len > MAX_DIGITS + 4 || strncmp(text, "[\"", 2) != 0 || strcmp(text + len - 2, "\"]") != 0
        || strspn(text + 2, "0123456789") + 4 != (size_t)len)
        return refuse(offset, "json", p);
    *number = apr_strtoi64(text + 2, &end, 10);
    return *number > 0 ? NULL : refuse(offset, "json", p);
}

const char *gw_tag_offset_format(const gw_tag_offset *last, apr_pool_t *p)
{
    json_t *words = json_pack("[s, s, s]", last->entity, last->id, last->tag);
    char *text = json_dumps(words, JSON_COMPACT);
    const char *offset = encode(text, p);

    free(text);
    json_decref(words);
    return offset;
}

const char *gw_tag_offset_parse(gw_tag_offset *last, const char *offset, apr_pool_t *p)
{
    apr_size_t offset_len = strlen(offset);
    unsigned char *text = apr_palloc(p, offset_len + 1);
    apr_ssize_t len = offset_len > 0 ? gw_base64_decode_any(text, offset, offset_len) : -1;
    const char *entity, *id, *tag;
    json_t *words;

    if (len < 0)
        return refuse(offset, "base64", p);
    words = json_loadb((const char *)text, (size_t)len, 0, NULL);
    memset(last, 0, sizeof(*last));
    if (json_array_size(words) == 3 && json_unpack(words, "[s, s, s]", &entity, &id, &tag) == 0) {
        last->entity = apr_pstrdup(p, entity);
        last->id = take_uuid(id, strlen(id), p);
        last->tag = apr_pstrdup(p, tag);
    }
    json_decref(words);
    return last->id != NULL ? NULL : refuse(offset, "json", p);
}
