/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask.c - one pass over a query; every byte but the hidden values stays.
 */
#include "mask.h"

#include <string.h>

#include "text.h"

static const char hidden[] = "***";

static const char *const common_names[] = {
    "apikey", "api_key", "api-key", "key", "jwt", "token", "access_token", "id_token", "refresh_token", "auth",
    "authorization", "password", "passwd", "secret", "client_secret", "signature", "sig", "code", NULL
};

/* The name as it stands in the query, from raw to end. */
static int is_secret(const char *raw, const char *end, const gw_strings *names)
{
    int low = 0, high = names != NULL ? names->n : 0;

    for (int i = 0; common_names[i]; i++)
        if (gw_query_compare(raw, end, common_names[i]) == 0)
            return 1;
    while (low < high) {
        const int middle = low + (high - low) / 2, order = gw_query_compare(raw, end, names->v[middle]);

        if (order == 0)
            return 1;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

/* Where the target ends: before "HTTP/1.1", else, in a line that is none, nowhere. */
static const char *target_end(const char *line)
{
    const char *blank = strrchr(line, ' ');

    if (blank != NULL && strlen(blank + 1) == sizeof("HTTP/1.1") - 1 && strncmp(blank + 1, "HTTP/", 5) == 0)
        return blank;
    return line + strlen(line);
}

/* The value that is to be hidden of what stands between two '&', behind its '='; it goes on until `end`. NULL: none. */
static const char *secret_value(const char *pair, const char *end, const gw_strings *names)
{
    const char *equals = NULL, *name;

    for (name = pair; name < end; name++) {
        if (name > pair && strchr("?; ", name[-1]) == NULL)
            continue;
        if (equals == NULL || equals < name)
            equals = memchr(name, '=', (apr_size_t)(end - name));
        if (equals == NULL)
            return NULL;
        if (equals + 1 < end && is_secret(name, equals, names))
            return equals + 1;
    }
    return NULL;
}

const char *gw_mask_request_line(const char *line, const gw_strings *names, apr_pool_t *p)
{
    const char *end = target_end(line), *at = memchr(line, '?', (apr_size_t)(end - line)), *copied = line;
    char *out = NULL, *o = NULL;

    while (at != NULL) {
        const char *next = memchr(at + 1, '&', (apr_size_t)(end - at - 1));
        const char *value = secret_value(at + 1, next != NULL ? next : end, names);

        if (value != NULL) {
            if (out == NULL) /* each hidden value may grow from one byte to three */
                o = out = apr_palloc(p, strlen(line) * 3 + 1);
            memcpy(o, copied, (apr_size_t)(value - copied));
            o += value - copied;
            memcpy(o, hidden, sizeof(hidden) - 1);
            o += sizeof(hidden) - 1;
            copied = next != NULL ? next : end;
        }
        at = next;
    }
    if (out == NULL)
        return line;
    memcpy(o, copied, strlen(copied) + 1);
    return out;
}
