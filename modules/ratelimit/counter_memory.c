/* SPDX-License-Identifier: Apache-2.0 */
/* counter_memory.c - see counter_memory.h. No cleanup of ours hangs on the memory: our code may be loaded anew. */
#include "counter_memory.h"

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "mod_gw.h"

extern module gw_ratelimit_module;
APLOG_USE_MODULE(gw_ratelimit);

#define RETAINED_KEY "mod_gw_ratelimit_1" /* another number with every change of struct retained */
#define DEFAULT_BYTES (16 * 1024 * 1024)
#define MIN_BYTES (64 * 1024)

/* Lives as long as the parent process, over all restarts and reloads of our code. */
typedef struct retained {
    void *memory;
    apr_size_t bytes, wanted;
} retained;

static apr_size_t wanted_bytes; /* while the configuration is read */
static gw_counters *counters;   /* post_config, then read-only */

void gw_counter_memory_reset(void)
{
    wanted_bytes = DEFAULT_BYTES;
    counters = NULL;
}

const char *gw_counter_memory_set(cmd_parms *cmd, void *dummy, const char *text)
{
    const char *err = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    apr_off_t bytes;
    char *end;

    (void)dummy;
    if (err != NULL)
        return err;
    if (apr_strtoff(&bytes, text, &end, 10) != APR_SUCCESS || *end != '\0' || bytes < MIN_BYTES
        || bytes > APR_INT64_C(1) << 40)
        return apr_psprintf(cmd->pool, "GwRateLimitMemory must be a number of bytes, at least %d", MIN_BYTES);
    wanted_bytes = (apr_size_t)bytes;
    return NULL;
}

static retained *get_retained(void)
{
    retained *kept = ap_retained_data_get(RETAINED_KEY);

    return kept != NULL ? kept : ap_retained_data_create(RETAINED_KEY, sizeof(*kept));
}

int gw_counter_memory_attach(server_rec *s)
{
    retained *kept;
    apr_shm_t *shm;
    apr_status_t rv;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK; /* the dry run */
    kept = get_retained();
    if (kept->memory != NULL && kept->wanted == wanted_bytes)
        counters = gw_counters_attach(kept->memory, kept->bytes);
    if (counters != NULL)
        return OK;
    /* What was there stays: children of before still count in it. */
    if ((rv = apr_shm_create(&shm, wanted_bytes, NULL, s->process->pool)) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     GWLOGNO(5102) "rate-limiting: no shared memory: %" APR_SIZE_T_FMT " bytes are needed "
                     "(GwRateLimitMemory)", wanted_bytes);
        return !OK;
    }
    kept->memory = apr_shm_baseaddr_get(shm);
    kept->bytes = apr_shm_size_get(shm);
    kept->wanted = wanted_bytes;
    counters = gw_counters_format(kept->memory, kept->bytes);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, GWLOGNO(5103) "rate-limiting: room for %" APR_SIZE_T_FMT " counters",
                 gw_counters_room(counters));
    return OK;
}

gw_counters *gw_counter_memory_get(void)
{
    return counters;
}
