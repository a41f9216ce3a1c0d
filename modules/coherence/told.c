/* SPDX-License-Identifier: Apache-2.0 */
/* told.c - see told.h. What was told is kept by entity and id, in a pool for each snapshot. */
#include "told.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_log.h>

#include "mod_gw.h"
#include "open_door.h"

APLOG_USE_MODULE(gw);

#define MAX_LINES 20 /* a snapshot; /status has them all */

struct gw_told {
    apr_pool_t *parent, *p; /* p: of the last snapshot; NULL = none */
    apr_hash_t *keys;
};

gw_told *gw_told_make(apr_pool_t *p)
{
    gw_told *told = apr_pcalloc(p, sizeof(*told));

    told->parent = p;
    return told;
}

void gw_told_log(gw_told *told, const gw_snapshot *snapshot, int is_speaker, server_rec *s)
{
    const apr_array_header_t *warnings = gw_snapshot_warnings(snapshot);
    apr_pool_t *p;
    apr_hash_t *keys;
    int i, nnew = 0;

    apr_pool_create(&p, told->parent);
    keys = apr_hash_make(p);
    for (i = 0; i < warnings->nelts; i++) {
        const gw_warning *w = &APR_ARRAY_IDX(warnings, i, gw_warning);
        const char *key;

        if (strcmp(w->code, GW_WARNING_OPEN_DOOR) != 0)
            continue;
        key = apr_pstrcat(p, w->entity, " ", w->id, NULL);
        apr_hash_set(keys, key, APR_HASH_KEY_STRING, key);
        if (!is_speaker || (told->keys && apr_hash_get(told->keys, key, APR_HASH_KEY_STRING)))
            continue;
        if (++nnew <= MAX_LINES)
            ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, GWLOGNO(1625) "doors: %s (%s %s)", w->message, w->entity,
                         w->id);
    }
    if (nnew > MAX_LINES)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, GWLOGNO(1626) "doors: and %d more: /status names them",
                     nnew - MAX_LINES);
    if (told->p)
        apr_pool_destroy(told->p);
    told->p = p;
    told->keys = keys;
}
