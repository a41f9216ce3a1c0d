/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_secrets.c - which query parameters hold credentials, by all that is configured: counted while rows come and
 * go, so that a link copies a few names, however many rows there are.
 */
#include "workshop.h"

#include <stdlib.h>
#include <string.h>
#include <apr_cstr.h>

#include "must.h"

static gw_secret_name *name_of(gw_workshop *shop, const char *text)
{
    gw_secret_name *name = apr_hash_get(shop->secret_query, text, APR_HASH_KEY_STRING);

    if (name != NULL)
        return name;
    name = gw_must(calloc(1, sizeof(*name) + strlen(text) + 1));
    memcpy(name->text, text, strlen(text) + 1);
    apr_hash_set(shop->secret_query, name->text, APR_HASH_KEY_STRING, name);
    return name;
}

static void forget(gw_workshop *shop, gw_secret_name *name)
{
    apr_hash_set(shop->secret_query, name->text, APR_HASH_KEY_STRING, NULL);
    free(name);
}

void gw_shop_count_secrets(gw_workshop *shop, const gw_plugin *plugin, const void *conf, int by)
{
    const gw_strings *names = plugin->secret_query != NULL ? plugin->secret_query(conf) : NULL;

    for (int i = 0; names != NULL && i < names->n; i++) {
        gw_secret_name *name = name_of(shop, names->v[i]);

        name->nconfigs += by;
        if (name->nconfigs <= 0)
            forget(shop, name);
    }
}

static int cmp_names(const void *a, const void *b)
{
    return apr_cstr_casecmp(*(const char *const *)a, *(const char *const *)b);
}

void gw_shop_link_secrets(gw_workshop *shop, gw_snapshot *snapshot)
{
    const unsigned n = apr_hash_count(shop->secret_query);
    const char **names = gw_arena_alloc(snapshot->arena, ((size_t)n + 1) * sizeof(*names));
    int i = 0;

    for (apr_hash_index_t *at = apr_hash_first(NULL, shop->secret_query); at != NULL; at = apr_hash_next(at))
        names[i++] = gw_arena_strdup(snapshot->arena, apr_hash_this_key(at));
    qsort(names, n, sizeof(*names), cmp_names);
    snapshot->secret_query = (gw_strings){ (int)n, 1, names };
}

void gw_shop_forget_secrets(gw_workshop *shop)
{
    /* Removing the element that the index stands on is allowed. */
    for (apr_hash_index_t *at = apr_hash_first(NULL, shop->secret_query); at != NULL; at = apr_hash_next(at))
        forget(shop, apr_hash_this_val(at));
}
