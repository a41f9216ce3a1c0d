/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.c - the child's table of upstream workers. Knows services and mod_proxy, no requests.
 */
#include "worker.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <http_log.h>

#include "mod_gw.h"

APLOG_USE_MODULE(gw);

/* Idle connections are dropped before most upstreams drop them (nginx 75 s, HAProxy and Go longer). Those that are
 * quicker are noticed before a connection is used again, and by retry.c in the moment between. */
#define IDLE_TTL apr_time_from_sec(55)
#define ADDRESS_TTL_S 30

typedef struct worker_table {
    apr_pool_t *pool;           /* the hash; entries' keys live in the workers' pools */
    apr_thread_mutex_t *lock;
    apr_hash_t *by_key;
    X509_STORE *system_store;   /* loaded when a service asks for verification first */
    int is_closed;              /* the child ends: workers are gone already */
} worker_table;

static worker_table *table;     /* one a child, from child_init on */

/* ---- making one ---- */

/* Where connections lead; the rest is the service's. */
typedef struct origin {
    const char *host;        /* name or address, IPv6 with or without brackets */
    int port;
    const char *name;        /* what TLS asks for; NULL = host */
    const char *host_header; /* NULL: made of name and port */
    const gw_trust *trust;   /* NULL = none */
} origin;

/* Text that differs when anything differs that a pooled connection depends on. */
static const char *make_key(const gw_service *service, const origin *to, apr_pool_t *p)
{
    return apr_psprintf(p, "%s://%s:%d %" APR_INT64_T_FMT " %" APR_INT64_T_FMT " %" APR_INT64_T_FMT
                        " %d %" APR_INT64_T_FMT " %s %s %s", service->protocol, to->host, to->port,
                        service->connect_timeout, service->write_timeout, service->read_timeout,
                        service->tls_verify, service->tls_verify_depth, to->name ? to->name : "-",
                        to->host_header ? to->host_header : "-", to->trust ? to->trust->text : "-");
}

/* An IPv6 literal in brackets, whether it was stored with them or not. */
static const char *bracketed(const char *host, apr_pool_t *p)
{
    return ap_strchr_c(host, ':') && host[0] != '[' ? apr_pstrcat(p, "[", host, "]", NULL) : host;
}

static const char *make_host_header(const gw_service *service, const origin *to, apr_pool_t *p)
{
    const char *host = bracketed(to->name ? to->name : to->host, p);
    int default_port = strcmp(service->protocol, "https") == 0 ? 443 : 80;

    if (to->host_header)
        return apr_pstrdup(p, to->host_header);
    return to->port == default_port ? apr_pstrdup(p, host) : apr_psprintf(p, "%s:%d", host, to->port);
}

static void set_timeouts(proxy_worker_shared *shared, const gw_service *service)
{
    shared->conn_timeout = apr_time_from_msec(service->connect_timeout);
    shared->conn_timeout_set = 1;
    shared->timeout = apr_time_from_msec(service->read_timeout); /* write_timeout.c has the other */
    shared->timeout_set = 1;
}

static void set_pooling(proxy_worker_shared *shared)
{
    shared->retry = 0;          /* an upstream that failed is asked again at once */
    shared->retry_set = 1;
    shared->ttl = IDLE_TTL;
    shared->hmax = 0;           /* as many connections as threads: acquiring never waits */
    apr_cpystrn(shared->upgrade, "websocket", sizeof(shared->upgrade));
#if AP_MODULE_MAGIC_AT_LEAST(20120211, 130)
    shared->address_ttl = ADDRESS_TTL_S;
    shared->address_ttl_set = 1;
#endif
}

/* The table's lock is held. */
static X509_STORE *system_store(void)
{
    if (table->system_store == NULL) {
        table->system_store = X509_STORE_new();
        if (table->system_store)
            X509_STORE_set_default_paths(table->system_store);
    }
    return table->system_store;
}

static apr_status_t free_tls(void *data)
{
    gw_worker_tls *tls = data;

    X509_STORE_free(tls->trusted);
    gw_certificate_release(tls->shown);
    return APR_SUCCESS;
}

static void set_tls(gw_worker *worker, const gw_service *service, const origin *to)
{
    gw_worker_tls *tls = &worker->tls;

    tls->verify = service->tls_verify;
    tls->depth = (int)service->tls_verify_depth;
    if (strcmp(service->protocol, "https") != 0)
        return;
    if (to->trust) {
        tls->problem = to->trust->problem;
        tls->shown = to->trust->shown ? gw_certificate_hold(to->trust->shown) : NULL;
    }
    if (tls->verify == 1) {
        tls->trusted = to->trust && to->trust->trusted ? to->trust->trusted : system_store();
        if (tls->trusted)
            X509_STORE_up_ref(tls->trusted);
    }
    apr_pool_cleanup_register(worker->pool, tls, free_tls, apr_pool_cleanup_null);
}

/* A root pool with an allocator and a lock of its own, so that requests of different upstreams share nothing. */
static apr_pool_t *make_root_pool(const char *tag)
{
    apr_allocator_t *allocator;
    apr_thread_mutex_t *lock;
    apr_pool_t *p;

    if (apr_allocator_create(&allocator) != APR_SUCCESS)
        return NULL;
    if (apr_pool_create_ex(&p, NULL, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return NULL;
    }
    apr_allocator_owner_set(allocator, p);
    if (apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, p) == APR_SUCCESS)
        apr_allocator_mutex_set(allocator, lock);
    apr_pool_tag(p, tag);
    return p;
}

/* The table's lock is held. NULL when mod_proxy refuses it (logged). */
static gw_worker *make_worker(const gw_service *service, const origin *to, const char *key, server_rec *s)
{
    apr_pool_t *p = make_root_pool("gw_worker");
    const char *url, *problem;
    gw_worker *worker;

    if (p == NULL)
        return NULL;
    worker = apr_pcalloc(p, sizeof(*worker));
    worker->pool = p;
    worker->key = apr_pstrdup(p, key);
    worker->host_header = make_host_header(service, to, p);
    worker->tls_name = to->name ? apr_pstrdup(p, to->name) : NULL;
    worker->connect_timeout = apr_time_from_msec(service->connect_timeout);
    worker->write_timeout = apr_time_from_msec(service->write_timeout);
    url = apr_psprintf(p, "%s://%s:%d", service->protocol, bracketed(to->host, p), to->port);
    problem = ap_proxy_define_worker(p, &worker->proxy, NULL, NULL, url, 0);
    if (problem == NULL) {
        set_timeouts(worker->proxy->s, service);
        set_pooling(worker->proxy->s);
        set_tls(worker, service, to);
        if (ap_proxy_initialize_worker(worker->proxy, s, p) == APR_SUCCESS)
            return worker;
        problem = "no connection pool";
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, GWLOGNO(1503) "upstream: no worker for \"%s\": %s (service=%s)", url,
                 problem, service->id);
    apr_pool_destroy(p);
    return NULL;
}

/* ---- the table ---- */

static gw_worker *find_or_make(const gw_service *service, const origin *to, server_rec *s)
{
    apr_pool_t *ptemp;
    gw_worker *worker;
    const char *key;

    apr_pool_create(&ptemp, table->pool);
    key = make_key(service, to, ptemp);
    worker = apr_hash_get(table->by_key, key, APR_HASH_KEY_STRING);
    if (worker == NULL && (worker = make_worker(service, to, key, s)) != NULL)
        apr_hash_set(table->by_key, worker->key, APR_HASH_KEY_STRING, worker);
    if (worker)
        worker->refs++;
    apr_pool_destroy(ptemp);
    return worker;
}

/* `place` keeps it from then on. */
static gw_worker *settle(void *volatile *place, const gw_service *service, const origin *to, server_rec *s)
{
    gw_worker *worker;

    apr_thread_mutex_lock(table->lock);
    worker = *place;
    if (worker == NULL && !table->is_closed) {
        worker = find_or_make(service, to, s);
        __atomic_store_n(place, worker, __ATOMIC_RELEASE);
    }
    apr_thread_mutex_unlock(table->lock);
    return worker;
}

gw_worker *gw_worker_get(gw_service *service, gw_trust *trust, server_rec *s)
{
    const origin to = { .host = service->host, .port = (int)service->port, .trust = trust };
    void *volatile *place = trust ? &trust->worker : &service->worker;
    gw_worker *worker = __atomic_load_n(place, __ATOMIC_ACQUIRE);

    return worker ? worker : settle(place, service, &to, s);
}

gw_worker *gw_worker_of_peer(const gw_binding *binding, int i, server_rec *s)
{
    const gw_peer *peer = &binding->balancer->peers[i];
    const gw_service *service = binding->service;
    const origin to = { .host = peer->ip, .port = peer->target->port,
                        .name = peer->target->is_address ? NULL : peer->target->host,
                        .host_header = binding->balancer->upstream->host_header, .trust = binding->trust };
    gw_worker *worker = __atomic_load_n(&binding->workers[i], __ATOMIC_ACQUIRE);

    return worker ? worker : settle(&binding->workers[i], service, &to, s);
}

void gw_worker_hold(void *held)
{
    apr_thread_mutex_lock(table->lock);
    if (!table->is_closed)
        ((gw_worker *)held)->refs++;
    apr_thread_mutex_unlock(table->lock);
}

void gw_worker_release(void *released)
{
    gw_worker *worker = released;
    int is_last = 0;

    if (worker == NULL || table == NULL)
        return;
    apr_thread_mutex_lock(table->lock);
    if (!table->is_closed && --worker->refs == 0) {
        apr_hash_set(table->by_key, worker->key, APR_HASH_KEY_STRING, NULL);
        is_last = 1;
    }
    apr_thread_mutex_unlock(table->lock);
    if (is_last)
        apr_pool_destroy(worker->pool); /* closes its connections: not under the lock */
}

/* Before pchild's subpools go: connections are closed while mod_ssl can still say goodbye. */
static apr_status_t close_table(void *unused)
{
    apr_hash_index_t *hi;

    (void)unused;
    apr_thread_mutex_lock(table->lock);
    table->is_closed = 1;
    for (hi = apr_hash_first(table->pool, table->by_key); hi; hi = apr_hash_next(hi))
        apr_pool_destroy(((gw_worker *)apr_hash_this_val(hi))->pool);
    X509_STORE_free(table->system_store);
    table->system_store = NULL;
    apr_thread_mutex_unlock(table->lock);
    return APR_SUCCESS;
}

void gw_workers_child_init(apr_pool_t *pchild)
{
    table = apr_pcalloc(pchild, sizeof(*table));
    table->pool = make_root_pool("gw_workers");
    apr_thread_mutex_create(&table->lock, APR_THREAD_MUTEX_DEFAULT, pchild);
    table->by_key = apr_hash_make(table->pool);
    apr_pool_pre_cleanup_register(pchild, NULL, close_table);
}
