/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_offset.c - nothing but one uuid is ever taken from an offset, so a forged one can only name another place in
 * the same order.
 */
#include "page_offset.h"

#include <apr_base64.h>
#include <apr_strings.h>
#include <string.h>

#include "text.h"

#define UUID_LEN 36
#define TEXT_LEN (UUID_LEN + 4) /* ["..."] */
#define MAX_OFFSET 128

const char *gw_offset_format(const char *id, apr_pool_t *p)
{
    const char *text = apr_pstrcat(p, "[\"", id, "\"]", NULL);
    int len = (int)strlen(text);
    char *out = apr_palloc(p, (apr_size_t)apr_base64_encode_len(len));

    apr_base64_encode(out, text, len);
    out[strcspn(out, "=")] = '\0';
    return out;
}

const char *gw_offset_parse(const char **id, const char *offset, apr_pool_t *p)
{
    unsigned char text[MAX_OFFSET + 1];
    apr_size_t offset_len = strlen(offset);
    apr_ssize_t len = -1;
    char *uuid;

    if (offset_len > 0 && offset_len <= MAX_OFFSET)
        len = gw_base64_decode_any(text, offset, offset_len);
    if (len < 0)
        return apr_psprintf(p, "'%s' is not a valid offset: bad base64 encoding", offset);
    if (len == TEXT_LEN && memcmp(text, "[\"", 2) == 0 && memcmp(text + 2 + UUID_LEN, "\"]", 2) == 0) {
        uuid = apr_pstrmemdup(p, (const char *)text + 2, UUID_LEN);
        if (gw_uuid_is(uuid)) {
            for (*id = uuid; *uuid != '\0'; uuid++)
                *uuid = (char)(*uuid >= 'A' && *uuid <= 'F' ? *uuid - 'A' + 'a' : *uuid);
            return NULL;
        }
    }
    return apr_psprintf(p, "'%s' is not a valid offset: bad json encoding", offset);
}
