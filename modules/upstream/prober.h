/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prober.h - probes of targets, many at once in one thread: connect, shake hands, ask, read how the answer begins.
 * Pure: no httpd.h.
 */
#ifndef GW_UPSTREAM_PROBER_H
#define GW_UPSTREAM_PROBER_H

#include <apr_time.h>

struct gw_certificate;

typedef struct gw_prober gw_prober;

typedef enum gw_probe_result {
    GW_PROBE_CONNECTED, GW_PROBE_ANSWERED, GW_PROBE_FAILED, GW_PROBE_TIMED_OUT
} gw_probe_result;

typedef struct gw_probe_order {
    const char *ip;
    int port;
    apr_interval_time_t timeout; /* for all of it */
    const char *request;         /* NULL: connecting is enough; owned by the caller until done is called */
    int has_tls;
    const char *tls_name;        /* NULL: the address itself is to be on the certificate, and no SNI is sent; copied */
    int verifies;                /* a bad certificate is a failure */
    const struct gw_certificate *shown; /* to who asks for one; NULL: none; not needed once gw_prober_start returns */
    void *baton;
} gw_probe_order;

/* What came of an order; `status` of GW_PROBE_ANSWERED. `baton` is the prober's, then the order's. */
typedef void gw_probe_done(void *baton, void *order_baton, gw_probe_result result, int status);

/* `done` is called by gw_prober_run, once for each order. NULL: out of memory. */
gw_prober *gw_prober_make(gw_probe_done *done, void *baton);
/* Gives up what is under way: done is called with GW_PROBE_TIMED_OUT. */
void gw_prober_end(gw_prober *prober);
/* done may be called before this returns. 0: there are too many (512); done is not called. */
int gw_prober_start(gw_prober *prober, const gw_probe_order *order);
/* Work for as long as `timeout`, or until a probe is done. */
void gw_prober_run(gw_prober *prober, apr_interval_time_t timeout);

#endif
