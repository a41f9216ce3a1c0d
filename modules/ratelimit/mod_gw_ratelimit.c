/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_ratelimit.c - the rate-limiting plugin: how many requests in which time.
 *
 * Wiring only. Windows and what is told of them: window.c; counters of this node: counters.c, and where their memory
 * comes from: counter_memory.c; in the database: limit_cluster.c; in Redis: limit_redis.c; what is counted together:
 * limit_key.c; what may be configured: ratelimit_schema.c.
 */
#include "mod_gw.h"

#include <stdlib.h>
#include <apr_strings.h>
#include <http_log.h>

#include "counter_memory.h"
#include "limit_cluster.h"
#include "limit_key.h"
#include "limit_redis.h"

#define PRIORITY 910

extern GW_MODULE gw_ratelimit_module;
APLOG_USE_MODULE(gw_ratelimit);

static gw_plugin ratelimit_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "rate-limiting",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHZ | GW_PHASE_RESPONSE,
    .schema = &gw_ratelimit_conf_schema,
    .conf_size = sizeof(gw_ratelimit_conf),
    .prepare = gw_ratelimit_conf_prepare,
};

/* One per child: made in child_init. */
static gw_redis_pool *redis;

/* What is told about a request that was counted; in r->request_config. */
typedef struct counted {
    const gw_ratelimit_conf *conf;
    gw_usage usage;
    apr_time_t now;
} counted;

/* ---- whose request it is ---- */

static const char *find_service(request_rec *r)
{
    return gw_service_id(r) != NULL ? gw_service_id(r) : gw_service_name(r);
}

/* NULL: there is none of what limits go by. */
static const char *find_identifier(request_rec *r, const gw_ratelimit_conf *conf)
{
    const gw_consumer *consumer = conf->limit_by == GW_BY_CONSUMER ? gw_request_consumer(r) : NULL;
    const gw_credential *credential;

    switch (conf->limit_by) {
    case GW_BY_CONSUMER:
        if (consumer != NULL)
            return consumer->id;
        /* fall through */
    case GW_BY_CREDENTIAL:
        credential = gw_request_credential(r);
        return credential != NULL ? credential->id : NULL;
    case GW_BY_SERVICE:
        return find_service(r);
    case GW_BY_HEADER:
        return apr_table_get(r->headers_in, conf->header_name);
    case GW_BY_PATH:
        return strcmp(gw_request_canonical(r, NULL), conf->path) == 0 ? conf->path : NULL;
    case GW_BY_IP:
        break;
    }
    return NULL;
}

static void find_key(gw_limit_key *key, request_rec *r, const gw_ratelimit_conf *conf)
{
    gw_plugin_source source;

    gw_plugin_source_get(&source, r, &ratelimit_plugin);
    key->route_id = source.route_id;
    key->service_id = source.service_id;
    key->place = source.place;
    key->by = conf->limit_by;
    key->identifier = find_identifier(r, conf);
    if (key->identifier == NULL || *key->identifier == '\0') {
        key->by = GW_BY_IP;
        key->identifier = gw_client_ip(r);
    }
}

/* ---- counting ---- */

static apr_status_t count_locally(counted *c, const char **why, request_rec *r, const gw_limit_key *key)
{
    apr_size_t len;
    const char *bytes = gw_limit_key_format(&len, key, r->pool);
    gw_counters *counters = gw_counter_memory_get();

    *why = counters == NULL ? "there is no shared memory" : "its counter is held by somebody else";
    return counters != NULL && gw_counters_take(&c->usage, counters, bytes, len, c->now) ? APR_SUCCESS : APR_EBUSY;
}

/* APR_SUCCESS: counted, or over. Anything else: it could not be counted, and *why. */
static apr_status_t count(counted *c, const char **why, request_rec *r, const gw_limit_key *key)
{
    switch (c->conf->policy) {
    case GW_POLICY_LOCAL:
        return count_locally(c, why, r, key);
    case GW_POLICY_CLUSTER:
        *why = "the database is away";
        return gw_limit_cluster_take(&c->usage, r, key);
    case GW_POLICY_REDIS:
        break;
    }
    return gw_limit_redis_take(&c->usage, why, redis, &c->conf->redis, key, r->pool);
}

/* At most once in ten seconds and child. */
static int is_time_to_tell(apr_time_t now)
{
    static apr_time_t told;
    apr_time_t last = __atomic_load_n(&told, __ATOMIC_RELAXED);

    return (now - last > apr_time_from_sec(10) || now < last)
           && __atomic_compare_exchange_n(&told, &last, now, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static int fail(request_rec *r, const counted *c, apr_status_t rv, const char *why)
{
    if (is_time_to_tell(c->now))
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, rv, r,
                      GWLOGNO(5100) "rate-limiting: requests cannot be counted (policy=%s): %s: they are %s",
                      c->conf->policy_name, why, c->conf->fault_tolerant ? "let through" : "refused");
    return c->conf->fault_tolerant ? DECLINED : gw_unavailable(r);
}

static int refuse(request_rec *r, const counted *c, const gw_limit_key *key)
{
    gw_answer *answer = apr_palloc(r->pool, sizeof(*answer));

    *answer = (gw_answer){ (int)c->conf->error_code, GW_NEGOTIATED, c->conf->error_message, NULL };
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(5101) "rate-limiting: limit reached (route=%s, by=%d)",
                  gw_route_for_log(r), (int)key->by);
    return gw_reply(r, answer);
}

/* A request is counted once, whatever it is redirected to inside of httpd; what is only looked up is not counted. */
static int is_counted(request_rec *r)
{
    if (r->main != NULL)
        return 1;
    for (r = r->prev; r != NULL; r = r->prev)
        if (ap_get_module_config(r->request_config, &gw_ratelimit_module) != NULL)
            return 1;
    return 0;
}

/* authz; request thread. DECLINED: not configured here, within its limits, or it cannot be known. */
static int hook_limit(request_rec *r)
{
    const gw_ratelimit_conf *conf = gw_plugin_conf(r, &ratelimit_plugin);
    const char *why = "";
    gw_limit_key key;
    apr_status_t rv;
    counted *c;

    if (conf == NULL || gw_is_tried_out(r, "nothing is counted") || is_counted(r))
        return DECLINED;
    c = apr_palloc(r->pool, sizeof(*c));
    c->conf = conf;
    c->now = apr_time_now(); /* not r->request_time: a slow client's may lie in a window that is over */
    gw_usage_begin(&c->usage, conf->limits, conf->nlimits, c->now);
    find_key(&key, r, conf);
    if ((rv = count(c, &why, r, &key)) != APR_SUCCESS)
        return fail(r, c, rv, why);
    ap_set_module_config(r->request_config, &gw_ratelimit_module, c);
    return c->usage.is_over ? refuse(r, c, &key) : DECLINED;
}

/* ---- what clients are told ---- */

static const char *const limit_headers[GW_NPERIODS] = {
    "X-RateLimit-Limit-Second", "X-RateLimit-Limit-Minute", "X-RateLimit-Limit-Hour",
    "X-RateLimit-Limit-Day",    "X-RateLimit-Limit-Month",  "X-RateLimit-Limit-Year",
};
static const char *const remaining_headers[GW_NPERIODS] = {
    "X-RateLimit-Remaining-Second", "X-RateLimit-Remaining-Minute", "X-RateLimit-Remaining-Hour",
    "X-RateLimit-Remaining-Day",    "X-RateLimit-Remaining-Month",  "X-RateLimit-Remaining-Year",
};

static const char *format_number(apr_int64_t n, apr_pool_t *p)
{
    return n <= APR_INT32_MAX ? apr_itoa(p, (int)n) : apr_off_t_toa(p, n);
}

/* How to put a header: whether it replaces or adds is a search of the table, and most answers have none of ours. */
typedef void put_fn(apr_table_t *headers, const char *name, const char *value);

/* Is there a header that may be called as one of ours: R..., X-R...? */
static int may_have_ours(const apr_table_t *headers)
{
    const apr_table_entry_t *entries = (const apr_table_entry_t *)apr_table_elts(headers)->elts;

    for (int i = 0; i < apr_table_elts(headers)->nelts; i++) {
        const char *name = entries[i].key;

        name += (name[0] | 0x20) == 'x' && name[1] == '-' ? 2 : 0;
        if ((*name | 0x20) == 'r')
            return 1;
    }
    return 0;
}

/* response; request thread. */
static void hook_respond(request_rec *r)
{
    const counted *c = ap_get_module_config(r->request_config, &gw_ratelimit_module);
    const char *remaining[GW_NPERIODS], *reset;
    put_fn *put;
    int tightest;

    if (c == NULL || c->conf->hide_client_headers)
        return;
    put = may_have_ours(r->headers_out) ? apr_table_setn : apr_table_addn;
    for (int i = 0; i < c->usage.n; i++) {
        gw_period period = c->usage.limits[i].period;

        remaining[i] = format_number(gw_usage_remaining(&c->usage, i), r->pool);
        put(r->headers_out, limit_headers[period], c->conf->limit_texts[i]);
        put(r->headers_out, remaining_headers[period], remaining[i]);
    }
    tightest = gw_usage_tightest(&c->usage);
    reset = format_number(gw_usage_reset_s(&c->usage, tightest, c->now), r->pool);
    put(r->headers_out, "RateLimit-Limit", c->conf->limit_texts[tightest]);
    put(r->headers_out, "RateLimit-Remaining", remaining[tightest]);
    put(r->headers_out, "RateLimit-Reset", reset);
    if (c->usage.is_over)
        put(r->headers_out, "Retry-After", reset);
}

/* ---- the module ---- */

static const command_rec commands[] = {
    AP_INIT_TAKE1("GwRateLimitMemory", gw_counter_memory_set, NULL, RSRC_CONF,
                  "bytes of shared memory for the counters of rate-limiting's policy local"),
    { NULL }
};

static int hook_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)pconf, (void)plog, (void)ptemp;
    gw_counter_memory_reset();
    return OK;
}

static int hook_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog, (void)ptemp;
    return gw_counter_memory_attach(s);
}

/* Kept links live as long as the process: a thread may still be using one when the child ends. */
static void hook_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_pool_t *p;

    (void)pchild;
    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS || (redis = gw_redis_pool_make(p)) == NULL) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, GWLOGNO(5104) "rate-limiting: no pool or lock to be had");
        exit(APEXIT_CHILDFATAL);
    }
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&ratelimit_plugin, p);
    ap_hook_pre_config(hook_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(hook_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(hook_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authz(hook_limit, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
    gw_hook_response(hook_respond, NULL, NULL, GW_ORDER(PRIORITY));
}

GW_MODULE gw_ratelimit_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL,
    commands,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
