/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handles.c - connections of request threads: mod_dbd's pool behind a gate.
 *
 * The gate lets GwStoreWaiters threads through; another one waits only while those make progress, so that a store
 * that hangs does not take the server's threads with it. While the store is DOWN nobody is let through: one finds out
 * (the builder), and tells.
 */
#include "child.h"
#include "own_handles.h"

#include <stdlib.h>

#include <apr_dbd.h>
#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_dbd.h>

APLOG_USE_MODULE(gw);

#define STALL apr_time_from_sec(1) /* nobody came back for so long: the store hangs */
#define DBD_MAX_DEFAULT 10            /* mod_dbd's own */
#define OWN_MAX 64                    /* connections to an embedded database of our own */
#define OPEN_TRIES_TIME apr_time_from_msec(100)
#define KEPT "mod_gw: kept by this connection" /* in the pool of mod_dbd's connection */

static struct {
    gw_store *store;
    server_rec *s;
    const char *driver, *params; /* as mod_dbd knows them */
    int dbd_max;
    int is_own;                  /* GwDeclarativeConfig: an embedded database of our own, without mod_dbd */
    APR_OPTIONAL_FN_TYPE(ap_dbd_open) * open;
    APR_OPTIONAL_FN_TYPE(ap_dbd_close) * close;
} source; /* post_config, then read-only */

static struct {
    apr_thread_mutex_t *lock; /* guards all below */
    apr_thread_cond_t *left;
    int nheld, max;
    apr_time_t moved_at;      /* somebody came back, or was the first to enter */
    int is_up;                /* read without lock */
    apr_time_t since;
    apr_thread_mutex_t *opening; /* one thread at a time is in mod_dbd's open: it may be connecting */
} gate;

/* ---- post_config ---- */

/* A connection that mod_dbd made: ours if its pool is. p ends before the connection is closed. */
static apr_status_t hook_post_connect(apr_pool_t *p, dbd_cfg_t *cfg, ap_dbd_t *dbd)
{
    gw_db_kept *kept;

    if (source.store == NULL || source.is_own || cfg->name == NULL || strcmp(cfg->name, source.driver) != 0
        || cfg->params == NULL || strcmp(cfg->params, source.params) != 0)
        return DECLINED;
    gw_db_prepare_connection(&kept, source.store, apr_dbd_native_handle(dbd->driver, dbd->handle), p);
    apr_pool_userdata_setn(kept, KEPT, NULL, dbd->pool);
    return OK;
}

void gw_handles_register(void)
{
    APR_OPTIONAL_HOOK(dbd, post_connect, hook_post_connect, NULL, NULL, APR_HOOK_MIDDLE);
}

/* The first argument of the last directive of that name outside of all sections; NULL if there is none. Include,
 * IfModule, IfDefine and macros are resolved in httpd's tree already. */
static const char *find_directive(const char *name, apr_pool_t *p)
{
    const char *found = NULL;

    for (const ap_directive_t *at = ap_conftree; at != NULL; at = at->next)
        if (strcasecmp(at->directive, name) == 0) {
            const char *args = at->args;

            found = ap_getword_conf(p, &args);
        }
    return found;
}

static int refuse_start(const gw_child *child, const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, child->s, GWLOGNO(1640) "coherence: %s", what);
    return !OK;
}

static int use_own_database(gw_child *child, apr_pool_t *pconf)
{
    source.is_own = 1;
    source.params = apr_pstrcat(pconf, child->options.state_dir, "/declarative.db", NULL);
    source.dbd_max = OWN_MAX;
    child->store = source.store = gw_store_make("sqlite3", source.params, pconf);
    return OK;
}

/* What DBDriver and DBDParams of the main server say. No store and OK: nothing, and nothing is needed. */
int gw_handles_configure(gw_child *child, apr_pool_t *pconf)
{
    const char *max = find_directive("DBDMax", pconf);

    memset(&source, 0, sizeof(source));
    source.s = child->s;
    if (child->options.declarative_file != NULL)
        return use_own_database(child, pconf);
    source.driver = find_directive("DBDriver", pconf);
    source.params = find_directive("DBDParams", pconf);
    source.dbd_max = max != NULL && strtol(max, NULL, 10) > 0 ? (int)strtol(max, NULL, 10) : DBD_MAX_DEFAULT;
    source.open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    source.close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    if (source.driver == NULL && child->options.is_optional)
        return OK;
    if (source.open == NULL || source.close == NULL)
        return refuse_start(child, "mod_dbd is not loaded, the database's connections come from it: write "
                            " LoadModule dbd_module modules/mod_dbd.so ");
    if (source.driver == NULL || source.params == NULL)
        return refuse_start(child, "there is no database: write DBDriver and DBDParams outside of any VirtualHost, for "
                            "example  DBDriver sqlite3  and  DBDParams /var/lib/mod_gw/gw.db , or  DBDriver pgsql  and "
                            " DBDParams \"host=127.0.0.1 dbname=gw user=gw password=...\" ");
    if ((child->store = source.store = gw_store_make(source.driver, source.params, pconf)) == NULL)
        return refuse_start(child, "DBDriver must be pgsql or sqlite3");
    setenv("PGCONNECT_TIMEOUT", "2", 0); /* libpq's default is for ever; mod_dbd's connections know no other way */
    return OK;
}

const char *gw_handles_params(void)
{
    return source.params ? source.params : "";
}

/* ---- child ---- */

void gw_handles_child_init(gw_child *child, apr_pool_t *p)
{
    int nthreads = 0;

    memset(&gate, 0, sizeof(gate));
    if (apr_thread_mutex_create(&gate.lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS
        || apr_thread_mutex_create(&gate.opening, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS
        || apr_thread_cond_create(&gate.left, p) != APR_SUCCESS)
        abort();
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &nthreads);
    gate.max = child->options.store_waiters > 0 ? child->options.store_waiters : nthreads / 2;
    if (gate.max > source.dbd_max)
        gate.max = source.dbd_max; /* mod_dbd would make them wait without end */
    if (gate.max < 1)
        gate.max = 1;
    gate.is_up = child->store != NULL;
    if (source.is_own)
        gw_own_handles_child_init(source.store, p);
    gate.since = apr_time_now();
}

void gw_handles_set_up(int is_up, const char *why)
{
    int was_up;

    if (GW_LOAD(gate.is_up) == is_up)
        return;
    apr_thread_mutex_lock(gate.lock);
    was_up = gate.is_up;
    GW_SET(gate.is_up, is_up);
    if (was_up != is_up)
        gate.since = apr_time_now();
    apr_thread_cond_broadcast(gate.left);
    apr_thread_mutex_unlock(gate.lock);
    if (was_up && !is_up)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, source.s,
                     GWLOGNO(1641) "coherence: the database is away: %s: what is not cached is answered with 503",
                     why ? why : "a query failed");
    else if (!was_up && is_up)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, source.s, GWLOGNO(1642) "coherence: the database is back");
}

int gw_handles_is_up(apr_time_t *since)
{
    int is_up;

    apr_thread_mutex_lock(gate.lock);
    is_up = gate.is_up;
    if (since != NULL)
        *since = gate.since;
    apr_thread_mutex_unlock(gate.lock);
    return is_up;
}

/* ---- the gate ---- */

static int enter(int max)
{
    int is_in = 0;

    if (!GW_LOAD(gate.is_up))
        return 0;
    apr_thread_mutex_lock(gate.lock);
    while (gate.is_up && gate.nheld >= max) {
        apr_interval_time_t left = gate.moved_at + STALL - apr_time_now();

        if (left <= 0 || left > STALL)
            break;
        apr_thread_cond_timedwait(gate.left, gate.lock, left);
    }
    if (gate.is_up && gate.nheld < max) {
        if (gate.nheld++ == 0)
            gate.moved_at = apr_time_now();
        is_in = 1;
    }
    apr_thread_mutex_unlock(gate.lock);
    return is_in;
}

/* The last place is for one who asks: if those who wait for an answer had them all, nobody could fetch it. */
int gw_handles_enter_to_wait(void)
{
    return enter(gate.max > 1 ? gate.max - 1 : gate.max);
}

void gw_handles_leave(void)
{
    apr_thread_mutex_lock(gate.lock);
    gate.nheld--;
    gate.moved_at = apr_time_now();
    apr_thread_cond_signal(gate.left);
    apr_thread_mutex_unlock(gate.lock);
}

/* ---- handles ---- */

/* One thread at a time: if it has to connect, and cannot, those behind it learn it without trying. mod_dbd's pool may
 * give a connection that broke while it was idle; it is thrown away at each failure, so trying goes on for a moment. */
static ap_dbd_t *open_dbd(apr_pool_t *p)
{
    apr_time_t began;
    ap_dbd_t *dbd = NULL;

    apr_thread_mutex_lock(gate.opening);
    began = apr_time_now();
    for (int i = 0; dbd == NULL && i <= source.dbd_max && GW_LOAD(gate.is_up); i++) {
        dbd = source.open(p, source.s);
        if (apr_time_now() - began > OPEN_TRIES_TIME)
            break;
    }
    if (dbd == NULL)
        gw_handles_set_up(0, "no connection from mod_dbd's pool");
    apr_thread_mutex_unlock(gate.opening);
    return dbd;
}

static gw_db *open_own(apr_pool_t *p)
{
    const char *why = NULL;
    gw_db *db = gw_own_handle_take(&why, p);

    if (db == NULL)
        gw_handles_set_up(0, why);
    return db;
}

static gw_db *wrap_dbd(const ap_dbd_t *dbd, apr_pool_t *p)
{
    void *kept = NULL;

    apr_pool_userdata_get(&kept, KEPT, dbd->pool);
    return gw_db_wrap(source.store, apr_dbd_native_handle(dbd->driver, dbd->handle), kept, p);
}

apr_status_t gw_handle_open(gw_handle *h, server_rec *s, apr_pool_t *p)
{
    ap_dbd_t *dbd = NULL;

    *h = (gw_handle){ .s = s };
    if (!enter(gate.max))
        return APR_EAGAIN;
    if (source.is_own)
        h->db = open_own(p);
    else if ((dbd = open_dbd(p)) != NULL)
        h->db = wrap_dbd(dbd, p);
    if (h->db == NULL) {
        gw_handles_leave();
        gw_child_probe(gw_child_get());
        return APR_EAGAIN;
    }
    h->dbd = dbd;
    return APR_SUCCESS;
}

void gw_handle_close(gw_handle *h, apr_status_t outcome)
{
    int is_away = outcome == APR_EAGAIN && gw_db_is_away(h->db);

    if (is_away)
        gw_handles_set_up(0, gw_db_why(h->db));
    if (source.is_own)
        gw_own_handle_give(h->db, is_away);
    else
        source.close(source.s, h->dbd);
    gw_handles_leave();
    h->db = NULL;
    h->dbd = NULL;
    if (is_away)
        gw_child_probe(gw_child_get());
}
