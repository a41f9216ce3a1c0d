/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_find.c - the order of places. An empty value is no value.
 */
#include "keyauth_find.h"

#include <string.h>
#include <apr_strings.h>

#include "text.h"

/* Record a value that occurs `count` times; 0 when it is none. */
static int take(gw_key_found *found, const char *name, const char *value, int count)
{
    if (value == NULL || (*value == '\0' && count < 2))
        return 0;
    found->name = name;
    found->key = value;
    found->is_repeated = count > 1;
    return 1;
}

static int find_in_header(gw_key_found *found, const gw_key_places *places, const char *name)
{
    if (places->header == NULL || !take(found, name, places->header(places->baton, name), 1))
        return 0;
    found->may_be_repeated = strstr(found->key, ", ") != NULL;
    return 1;
}

static int find_in_query(gw_key_found *found, const gw_key_places *places, const char *name, apr_pool_t *p)
{
    int count;
    const char *value = places->query != NULL ? gw_query_get(&count, places->query, name, p) : NULL;

    return value != NULL && take(found, name, value, count);
}

static int find_in_body(gw_key_found *found, const gw_key_places *places, const char *name)
{
    int count = 0;
    const char *value = places->field != NULL ? places->field(places->baton, name, &count) : NULL;

    return value != NULL && take(found, name, value, count);
}

/* RFC 6750 2.1: the scheme in any case, blanks, the token. */
static int find_in_authorization(gw_key_found *found, const gw_key_places *places)
{
    static const char scheme[] = "Bearer ";
    const char *value = places->authorization;

    if (value == NULL || strncasecmp(value, scheme, sizeof(scheme) - 1) != 0)
        return 0;
    value += sizeof(scheme) - 1;
    return take(found, "Authorization", value + strspn(value, " "), 1);
}

int gw_key_find(gw_key_found *found, const gw_key_places *places, const gw_strings *names, apr_pool_t *p)
{
    int i;

    memset(found, 0, sizeof(*found));
    for (i = 0; i < names->n; i++) {
        const char *name = names->v[i];

        if (find_in_header(found, places, name) || find_in_query(found, places, name, p) ||
            find_in_body(found, places, name))
            return 1;
    }
    return find_in_authorization(found, places);
}
