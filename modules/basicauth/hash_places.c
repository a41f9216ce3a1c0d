/* SPDX-License-Identifier: Apache-2.0 */
/* hash_places.c - see hash_places.h. */
#include "hash_places.h"

#include <apr_strings.h>
#include <http_log.h>
#include <util_mutex.h>

#include "mod_gw.h"

#define KIND "gw-hash"

/* System V's: whoever has waited longest is next, and a process that is killed gives back what it had. */
#if APR_HAS_SYSVSEM_SERIALIZE
#define USUALLY APR_LOCK_SYSVSEM
#else
#define USUALLY APR_LOCK_DEFAULT_TIMED
#endif

extern GW_MODULE gw_basicauth_module;
APLOG_USE_MODULE(gw_basicauth);

/* Of this configuration: made by the parent, read by its children. */
static apr_proc_mutex_t **places;
static int nplaces;

void gw_hash_places_register(apr_pool_t *pconf)
{
    places = NULL;
    nplaces = 0;
    ap_mutex_register(pconf, KIND, NULL, USUALLY, 0);
}

void gw_hash_places_make(int n, server_rec *s, apr_pool_t *pconf)
{
    apr_proc_mutex_t **made = apr_pcalloc(pconf, sizeof(*made) * (apr_size_t)n);

    for (int i = 0; i < n; i++) {
        apr_status_t rv = ap_proc_mutex_create(&made[i], NULL, KIND, apr_itoa(pconf, i), s, pconf, 0);

        if (rv != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, GWLOGNO(4905) "basicauth: no mutex for threads that hash "
                         "passwords: each child hashes for itself (choose another kind: Mutex file:PATH " KIND ")");
            return;
        }
    }
    places = made;
    nplaces = n;
}

apr_proc_mutex_t **gw_hash_places_open(apr_pool_t *pchild)
{
    for (int i = 0; i < nplaces; i++)
        if (apr_proc_mutex_child_init(&places[i], apr_proc_mutex_lockfile(places[i]), pchild) != APR_SUCCESS)
            return NULL;
    return places;
}
