/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry_rules.c - verdicts about failed attempts. Knows no request; retry.c gathers the facts and acts.
 */
#include "retry_rules.h"

#include <stddef.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* However small the timeouts are, all attempts that fit into this may be made. */
#define LEAST_BUDGET apr_time_from_sec(60)

enum { BAD_GATEWAY = 502, UNAVAILABLE = 503, GATEWAY_TIMEOUT = 504, SERVER_ERROR = 500 };

/* What mod_proxy's numbers mean; its 5xx never come from the upstream, whose answers return OK. */
gw_failure gw_failure_of(const gw_attempt_facts *facts)
{
    if (facts->unresolved)
        return GW_FAILED_RESOLVE;
    if (facts->certificate_refused)
        return GW_FAILED_VERIFY;
    if (facts->handshake_failed)
        return GW_FAILED_HANDSHAKE;
    switch (facts->status) {
    case UNAVAILABLE:
        /* Also its name for an upstream that took too long over "100 Continue". */
        return facts->is_new || facts->read_timed_out ? GW_FAILED_EXCHANGE : GW_FAILED_CONNECT;
    case BAD_GATEWAY:
        if (facts->has_status_line)
            return GW_FAILED_GARBAGE;
        return facts->is_new || facts->read_timed_out ? GW_FAILED_EXCHANGE : GW_FAILED_REUSED;
    case GATEWAY_TIMEOUT:
        return GW_FAILED_EXCHANGE;
    case SERVER_ERROR:
        return GW_FAILED_OTHER;
    default:
        return GW_FAILED_NOT;
    }
}

int gw_retry_is_allowed(const gw_retry_question *q)
{
    int has_tries = q->tries < q->tries_allowed && q->elapsed < q->budget;

    if (q->client_is_gone || q->client_got_something)
        return 0;
    switch (q->failure) {
    case GW_FAILED_CONNECT:
        return has_tries; /* mod_proxy keeps what it read of the body until there is a connection */
    case GW_FAILED_HANDSHAKE:
        return has_tries && q->can_replay;
    case GW_FAILED_REUSED:
        /* The upstream closed an idle connection just as it was used: once, this is nobody's failure. */
        return q->is_idempotent && q->can_replay && (has_tries || q->reuse_failures == 1);
    case GW_FAILED_EXCHANGE:
        return q->is_idempotent && q->can_replay && has_tries;
    default:
        return 0;
    }
}

apr_interval_time_t gw_retry_budget(apr_int64_t connect_timeout, apr_int64_t exchange_timeout)
{
    apr_interval_time_t budget = apr_time_from_msec(connect_timeout + exchange_timeout);

    return budget < LEAST_BUDGET ? LEAST_BUDGET : budget;
}

int gw_method_is_idempotent(const char *method)
{
    static const char *const methods[] = {
        "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PROPFIND", "PROPPATCH", "COPY", "MOVE", "MKCOL", "UNLOCK", "REPORT",
        "SEARCH", "QUERY",
    };
    size_t i;

    for (i = 0; i < COUNT(methods); i++)
        if (strcmp(method, methods[i]) == 0)
            return 1;
    return 0;
}

int gw_failure_status(gw_failure failure, int timed_out)
{
    if (failure == GW_FAILED_RESOLVE || failure == GW_FAILED_NO_PEER)
        return UNAVAILABLE;
    return timed_out ? GATEWAY_TIMEOUT : BAD_GATEWAY;
}

const char *gw_failure_text(gw_failure failure, int timed_out)
{
    static const struct {
        const char *failed, *timed_out;
    } texts[] = {
        [GW_FAILED_NOT] = { "answered", "answered" },
        [GW_FAILED_RESOLVE] = { "name resolution failed", "name resolution failed" },
        [GW_FAILED_CONNECT] = { "connect failed", "connect timed out" },
        [GW_FAILED_HANDSHAKE] = { "TLS handshake failed", "TLS handshake timed out" },
        [GW_FAILED_VERIFY] = { "TLS certificate refused", "TLS certificate refused" },
        [GW_FAILED_REUSED] = { "kept connection closed before an answer", "kept connection timed out" },
        [GW_FAILED_EXCHANGE] = { "connection closed before an answer", "no answer in time" },
        [GW_FAILED_GARBAGE] = { "invalid answer", "invalid answer" },
        [GW_FAILED_NO_PEER] = { "no target is up", "no target is up" },
        [GW_FAILED_OTHER] = { "cannot be proxied", "cannot be proxied" },
    };

    return timed_out ? texts[failure].timed_out : texts[failure].failed;
}
