/* SPDX-License-Identifier: Apache-2.0 */
/* jwt_find.c - all places are read, in the order query, cookies, headers, so that two tokens cannot hide each other. */
#include "jwt_find.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

typedef struct found {
    const char *first;
    int n;
} found;

static void add(found *f, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    if (f->first == NULL) {
        f->first = value;
        f->n = 1;
    } else if (strcmp(f->first, value) != 0) { /* both come from the client: nothing to hide */
        f->n++;
    }
}

/* RFC 6750 2.1: the token of "Bearer TOKEN"; NULL for another scheme. */
static const char *bearer_token(const char *value)
{
    if (value == NULL || (strncmp(value, "Bearer", 6) != 0 && strncmp(value, "bearer", 6) != 0)
        || !isspace((unsigned char)value[6]))
        return NULL;
    for (value += 6; isspace((unsigned char)*value); value++)
        ;
    return value;
}

const char *gw_jwt_find(int *ntokens, const gw_jwt_places *places, const gw_strings *params,
                        const gw_strings *cookie_names, const gw_strings *headers, apr_pool_t *p)
{
    found f = { NULL, 0 };
    int i, j;

    for (i = 0; places->query != NULL && i < params->n; i++) {
        apr_array_header_t *values = gw_query_all(places->query, params->v[i], p);

        for (j = 0; j < values->nelts; j++)
            add(&f, APR_ARRAY_IDX(values, j, const char *));
    }
    for (i = 0; places->cookies != NULL && i < cookie_names->n; i++)
        add(&f, gw_cookie_get(places->cookies, cookie_names->v[i], p));
    for (i = 0; i < headers->n; i++)
        add(&f, bearer_token(places->header(places->baton, headers->v[i])));
    *ntokens = f.n;
    return f.first;
}
