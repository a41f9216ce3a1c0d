/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask.c - one pass over a query; every byte but the hidden values stays.
 */
#include "mask.h"

#include <string.h>
#include <strings.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define NAME_MAX_BYTES 128

static const char *const common_names[] = {
    "apikey", "api_key", "api-key", "key", "jwt", "token", "access_token", "id_token", "refresh_token", "auth",
    "authorization", "password", "passwd", "secret", "client_secret", "signature", "sig", "code", NULL
};

static int hex_value(char c)
{
    return apr_isdigit(c) ? c - '0' : apr_isxdigit(c) ? apr_tolower(c) - 'a' + 10 : -1;
}

/* Decode a parameter's name; 0 when it is too long to be one of ours. */
static int decode_name(char out[NAME_MAX_BYTES], const char *name, apr_size_t len)
{
    apr_size_t i, n = 0;

    for (i = 0; i < len; i++) {
        if (n == NAME_MAX_BYTES - 1)
            return 0;
        if (name[i] == '%' && i + 2 < len && hex_value(name[i + 1]) >= 0 && hex_value(name[i + 2]) >= 0) {
            out[n++] = (char)(hex_value(name[i + 1]) * 16 + hex_value(name[i + 2]));
            i += 2;
        } else {
            out[n++] = name[i] == '+' ? ' ' : name[i];
        }
    }
    out[n] = '\0';
    return 1;
}

static int is_secret(const char *raw, apr_size_t len, const gw_strings *const *lists, int nlists)
{
    char name[NAME_MAX_BYTES];
    int i, k;

    if (!decode_name(name, raw, len))
        return 0;
    for (i = 0; common_names[i]; i++)
        if (strcasecmp(name, common_names[i]) == 0)
            return 1;
    for (i = 0; i < nlists; i++)
        for (k = 0; k < lists[i]->n; k++)
            if (strcasecmp(name, lists[i]->v[k]) == 0)
                return 1;
    return 0;
}

const char *gw_mask_request_line(const char *line, const gw_strings *const *lists, int nlists, apr_pool_t *p)
{
    const char *query = strchr(line, '?'), *c;
    char *out = NULL, *o = NULL;

    for (c = query; c && *c && *c != ' ';) {
        const char *name = ++c;
        apr_size_t name_len = strcspn(name, "=&; "), value_len;

        c += name_len;
        if (o)
            memcpy(o, name - 1, name_len + 1), o += name_len + 1;
        if (*c != '=')
            continue;
        value_len = strcspn(c, "&; ");
        if (value_len > 1 && is_secret(name, name_len, lists, nlists)) {
            if (out == NULL) {
                /* Each hidden value may grow from one byte to three. */
                out = apr_palloc(p, strlen(line) * 3 + 1);
                memcpy(out, line, (apr_size_t)(c - line));
                o = out + (c - line);
            }
            memcpy(o, "=***", 4);
            o += 4;
        } else if (o) {
            memcpy(o, c, value_len);
            o += value_len;
        }
        c += value_len;
    }
    if (out == NULL)
        return line;
    memcpy(o, c, strlen(c) + 1);
    return out;
}
