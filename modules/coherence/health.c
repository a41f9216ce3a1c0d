/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.c - see health.h.
 */
#include "health.h"

#include <apr_shm.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>

#include "mod_gw.h"

APLOG_USE_MODULE(gw);

#define NCELLS 8192                     /* addresses of targets; 256 KiB */
#define RETAINED_KEY "mod_gw_health_1"  /* another number with every change of struct retained */

/* Lives as long as the parent process, over all restarts and reloads of our code. */
typedef struct retained {
    void *memory;
    apr_size_t bytes;
} retained;

gw_health_table *gw_health_memory(server_rec *s)
{
    retained *kept = ap_retained_data_get(RETAINED_KEY);
    gw_health_table *table;
    apr_shm_t *shm;
    apr_status_t rv;

    if (kept == NULL)
        kept = ap_retained_data_create(RETAINED_KEY, sizeof(*kept));
    table = kept->memory != NULL ? gw_health_table_attach(kept->memory, kept->bytes) : NULL;
    if (table != NULL)
        return table;
    kept->bytes = gw_health_table_bytes(NCELLS);
    if ((rv = apr_shm_create(&shm, kept->bytes, NULL, s->process->pool)) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     GWLOGNO(1710) "upstream: no shared memory: %" APR_SIZE_T_FMT " bytes are needed; all targets are "
                     "taken for healthy", kept->bytes);
        return NULL;
    }
    kept->memory = apr_shm_baseaddr_get(shm);
    return gw_health_table_format(kept->memory, NCELLS);
}
