/* SPDX-License-Identifier: Apache-2.0 */
/* header_block.c - see header_block.h. */
#include "header_block.h"

#include <string.h>
#include <strings.h>
#include <apr_strings.h>

#include "byte_words.h"

static apr_uint64_t control_bits(apr_uint64_t word)
{
    return gw_bytes_below(word, ' ') | gw_bytes_equal(word, 0x7f);
}

int gw_header_may_hold_control(const char *value, apr_size_t len)
{
    return gw_bytes_find(value, len, control_bits);
}

static int is_control(char c)
{
    return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static const char *encode_controls(const char *value, apr_size_t len, apr_pool_t *p)
{
    static const char hex[] = "0123456789ABCDEF";
    const char *c = value;
    char *out, *o;

    while (*c && !is_control(*c))
        c++;
    if (*c == '\0')
        return value;
    out = o = apr_palloc(p, 3 * len + 1);
    for (c = value; *c; c++) {
        if ((unsigned char)*c >= ' ' && *c != 0x7f) {
            *o++ = *c;
        } else {
            *o++ = '%';
            *o++ = hex[(unsigned char)*c >> 4];
            *o++ = hex[*c & 15];
        }
    }
    *o = '\0';
    return out;
}

static char *append(char *at, const char *text, apr_size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

const char *gw_header_value(const char *value, apr_pool_t *p)
{
    apr_size_t len = strlen(value);

    return gw_header_may_hold_control(value, len) ? encode_controls(value, len, p) : value;
}

void gw_header_block_add(gw_header_block *block, const char *name, const char *lead, apr_size_t lead_len,
                         const char *value, apr_pool_t *p)
{
    gw_header_line *line = &block->lines[block->n];

    if (value == NULL || block->n == GW_HEADER_BLOCK_LINES)
        return;
    line->name = name;
    line->lead = lead;
    line->lead_len = lead_len;
    line->value = value;
    line->value_len = strlen(value);
    if (gw_header_may_hold_control(value, line->value_len)) {
        line->value = encode_controls(value, line->value_len, p);
        line->value_len = strlen(line->value);
    }
    block->n++;
}

void gw_header_block_drop(gw_header_block *block, const char *name)
{
    int i, kept = 0;

    for (i = 0; i < block->n; i++)
        if (strcasecmp(block->lines[i].name, name) != 0)
            block->lines[kept++] = block->lines[i];
    block->n = kept;
}

const char *gw_header_block_join(const gw_header_block *block, apr_pool_t *p)
{
    apr_size_t len = 1;
    char *text, *at;
    int i;

    for (i = 0; i < block->n; i++)
        len += block->lines[i].lead_len + block->lines[i].value_len;
    if (block->n == 0)
        return NULL;
    text = at = apr_palloc(p, len);
    for (i = 0; i < block->n; i++) {
        const gw_header_line *line = &block->lines[i];

        if (i > 0)
            at = append(at, line->lead, line->lead_len);
        at = append(at, line->value, line->value_len);
    }
    *at = '\0';
    return text;
}
