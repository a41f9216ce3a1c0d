/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry_rules.h - what went wrong with one attempt to reach an upstream, whether another may be made, and what the
 * client is told in the end. Rules: docs/routing.md "Retries and timeouts". Pure: facts in, verdicts out.
 */
#ifndef GW_PROXY_RETRY_RULES_H
#define GW_PROXY_RETRY_RULES_H

#include <apr_time.h>

typedef enum gw_failure {
    GW_FAILED_NOT,        /* answered, or it is the client's own fault: the status stands */
    GW_FAILED_RESOLVE,    /* the name has no address */
    GW_FAILED_CONNECT,    /* no connection: nothing was sent */
    GW_FAILED_HANDSHAKE,  /* TLS failed: nothing of the request was sent, but its body may have been read */
    GW_FAILED_VERIFY,     /* TLS failed because the upstream's certificate was refused */
    GW_FAILED_REUSED,     /* a pooled connection was dead when it was used again */
    GW_FAILED_EXCHANGE,   /* the connection broke, or nothing came in time, after the request was (partly) sent */
    GW_FAILED_GARBAGE,    /* something came that is no HTTP answer */
    GW_FAILED_NO_PEER,    /* no target of the upstream is up */
    GW_FAILED_OTHER       /* mod_proxy could not do it (proxying of TLS is off, ...) */
} gw_failure;

/* What is known after mod_proxy_http returned. */
typedef struct gw_attempt_facts {
    int status;           /* what it returned: OK, DONE, DECLINED or a HTTP status */
    int is_new;           /* this attempt made a connection of its own */
    int has_status_line;  /* the upstream began to answer */
    int read_timed_out;   /* it did not answer in time */
    int unresolved;       /* the host's name could not be resolved */
    int handshake_failed;
    int certificate_refused;
} gw_attempt_facts;

/* What kind of failure the facts of an attempt are; GW_FAILED_NOT when it was answered. */
gw_failure gw_failure_of(const gw_attempt_facts *facts);

typedef struct gw_retry_question {
    gw_failure failure;
    int is_idempotent;       /* the method */
    int can_replay;          /* there is no body, or all of it can be sent again */
    int client_got_something;
    int client_is_gone;
    int tries;               /* made so far */
    int tries_allowed;
    int reuse_failures;      /* GW_FAILED_REUSED so far, this one included */
    apr_interval_time_t elapsed, budget; /* since the first attempt began; for beginning another */
} gw_retry_question;

/* 1 when another attempt may be made. */
int gw_retry_is_allowed(const gw_retry_question *q);

/* How long after the first attempt a further one may still begin. Timeouts in ms. */
apr_interval_time_t gw_retry_budget(apr_int64_t connect_timeout, apr_int64_t exchange_timeout);

/* 1 when doing it twice is the same as doing it once (RFC 9110 9.2.2, RFC 4918). */
int gw_method_is_idempotent(const char *method);

/* What the client is answered. */
int gw_failure_status(gw_failure failure, int timed_out);
/* For the log: "connect failed", ... Static. */
const char *gw_failure_text(gw_failure failure, int timed_out);

#endif
