/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - upstream workers made at run time: mod_proxy's pooled keep-alive connections for services that came
 * with an Admin API call.
 *
 * A child keeps one worker for each combination of scheme, host, port, timeouts and TLS settings; services that agree
 * in all of these share it. A worker lives in a root pool of its own (nothing shared with pchild) and dies when the
 * last service that points to it is gone, which is after the last request that used it: requests hold a snapshot,
 * snapshots hold services, services hold workers. At child exit the rest is destroyed.
 *
 *   gw_service.worker -> gw_worker -> proxy_worker -> reslist of connections
 *                        (pool)  `--> TLS settings
 */
#ifndef GW_PROXY_WORKER_H
#define GW_PROXY_WORKER_H

#include <httpd.h>
#include <mod_proxy.h>
#include <openssl/x509_vfy.h>

#include "balancer.h"
#include "certificate.h"
#include "trust.h"

/* What a connection to the upstream must show; used by upstream_tls.c. Read-only. */
typedef struct gw_worker_tls {
    int verify;               /* -1: as the SSLProxy... directives say; 0, 1: the service says so */
    int depth;                /* -1: the default of OpenSSL */
    X509_STORE *trusted;      /* with verify 1; owned by the worker */
    gw_certificate *shown;    /* held by the worker; NULL = none */
    const char *problem;      /* why no connection can be made, static; NULL = it can */
} gw_worker_tls;

typedef struct gw_worker {
    proxy_worker *proxy;      /* mod_proxy's own */
    const char *host_header;  /* what the upstream calls itself: host, and the port unless it is the scheme's own */
    const char *tls_name;     /* what its certificate is to say, where the worker has its address; NULL = its host */
    apr_interval_time_t connect_timeout, write_timeout; /* the read timeout is proxy's own */
    gw_worker_tls tls;
    /* the table's bookkeeping */
    apr_pool_t *pool;
    const char *key;
    unsigned refs;            /* services that point here; under the table's lock */
} gw_worker;

/* child_init: an empty table, destroyed with the child. */
void gw_workers_child_init(apr_pool_t *pchild);
/* The service's worker, made at first use; held by the trust, or without one by the service. NULL: it cannot be made
 * (logged). Request thread. */
gw_worker *gw_worker_get(gw_service *service, gw_trust *trust, server_rec *s);
/* The worker for the binding's peer at place i, held by the binding; else as above. */
gw_worker *gw_worker_of_peer(const gw_binding *binding, int i, server_rec *s);
/* One more row points to it. Builder thread. */
void gw_worker_hold(void *worker);
/* A service or binding is gone; `worker` (NULL is fine) is what it pointed to. Builder thread; also after the child's
 * end. */
void gw_worker_release(void *worker);

#endif
