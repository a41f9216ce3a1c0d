/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/retry_rules.c: what went wrong, may another attempt be made, what is answered. */
#include "retry_rules.h"

#include "tap.h"

static const struct { gw_attempt_facts facts; gw_failure want; const char *why; } failures[] = {
    { { .status = 0, .is_new = 1, .has_status_line = 1 },   GW_FAILED_NOT,       "an answer is no failure" },
    { { .status = -2, .is_new = 1, .has_status_line = 1 },  GW_FAILED_NOT,       "nor is DONE" },
    { { .status = -1 },                                     GW_FAILED_NOT,       "nor a handler that declines" },
    { { .status = 400, .is_new = 1 }, GW_FAILED_NOT, "a broken body is the client's fault" },
    { { .status = 413, .is_new = 1 },                       GW_FAILED_NOT,       "so is one too large" },
    { { .status = 503 },                                    GW_FAILED_CONNECT,   "503 before any connection" },
    { { .status = 503, .is_new = 1 }, GW_FAILED_EXCHANGE, "503 after one: no 100 Continue came" },
    { { .status = 503, .read_timed_out = 1 },               GW_FAILED_EXCHANGE,  "the same on a pooled connection" },
    { { .status = 502, .is_new = 1 },                       GW_FAILED_EXCHANGE,  "closed without an answer" },
    { { .status = 502 }, GW_FAILED_REUSED, "closed, and it was a pooled connection" },
    { { .status = 502, .read_timed_out = 1 }, GW_FAILED_EXCHANGE, "a slow answer on a pooled one is slow" },
    { { .status = 502, .is_new = 1, .has_status_line = 1 }, GW_FAILED_GARBAGE,   "a status line and then nonsense" },
    { { .status = 504, .is_new = 1 },                       GW_FAILED_EXCHANGE,  "sending timed out" },
    { { .status = 500, .unresolved = 1 },                   GW_FAILED_RESOLVE,   "the name has no address" },
    { { .status = 500, .is_new = 1, .handshake_failed = 1 }, GW_FAILED_HANDSHAKE, "TLS failed" },
    { { .status = 500, .is_new = 1, .handshake_failed = 1, .certificate_refused = 1 },
      GW_FAILED_VERIFY, "TLS failed by the certificate" },
    { { .status = 500 },                                    GW_FAILED_OTHER,     "any other 500 of mod_proxy" },
};

/* failure, idempotent method, body can be replayed, attempts made and allowed; then what is special. */
#define Q(f, idempotent, replay, made, allowed, ...)                                                                  \
    { .failure = GW_FAILED_##f, .is_idempotent = idempotent, .can_replay = replay, .tries = made,                     \
      .tries_allowed = allowed, .budget = 10, __VA_ARGS__ }

static const struct { gw_retry_question q; int want; const char *why; } questions[] = {
    { Q(CONNECT, 1, 1, 1, 3, .elapsed = 9),              1, "no connection: again" },
    { Q(CONNECT, 0, 1, 1, 3, .elapsed = 9),              1, "no connection: also for a POST" },
    { Q(CONNECT, 0, 0, 1, 3, .elapsed = 9),              1, "and for a body that streams" },
    { Q(CONNECT, 1, 1, 3, 3, .elapsed = 9),              0, "no connection: not above the allowed tries" },
    { Q(CONNECT, 1, 1, 1, 1, .elapsed = 9),              0, "retries=0 is a single attempt" },
    { Q(CONNECT, 1, 1, 1, 3, .elapsed = 10),             0, "not beyond the time for all attempts" },
    { Q(CONNECT, 1, 1, 1, 3, .client_is_gone = 1),       0, "not when nobody waits for it" },
    { Q(HANDSHAKE, 0, 1, 1, 3, .elapsed = 9),            1, "no TLS: nothing was sent, again" },
    { Q(HANDSHAKE, 0, 0, 1, 3, .elapsed = 9),            0, "but mod_proxy has consumed the body" },
    { Q(VERIFY, 1, 1, 1, 3, .elapsed = 9),               0, "a refused certificate stays refused" },
    { Q(RESOLVE, 1, 1, 1, 3, .elapsed = 9),              0, "a name without address is answered at once" },
    { Q(EXCHANGE, 1, 1, 1, 3, .elapsed = 9),             1, "a broken exchange: again when idempotent" },
    { Q(EXCHANGE, 0, 1, 1, 3, .elapsed = 9),             0, "never for a POST" },
    { Q(EXCHANGE, 1, 0, 1, 3, .elapsed = 9),             0, "nor without the body" },
    { Q(EXCHANGE, 1, 1, 1, 3, .client_got_something = 1), 0, "nor once the client got something" },
    { Q(EXCHANGE, 1, 1, 3, 3, .elapsed = 9),             0, "nor above the allowed tries" },
    { Q(REUSED, 1, 1, 1, 3, .reuse_failures = 1),        1, "a dead idle connection: again" },
    { Q(REUSED, 1, 1, 1, 1, .reuse_failures = 1),        1, "even with retries=0, once" },
    { Q(REUSED, 1, 1, 2, 1, .reuse_failures = 2),        0, "but only once" },
    { Q(REUSED, 0, 1, 1, 3, .reuse_failures = 1),        0, "never for a POST: it may have been done" },
    { Q(GARBAGE, 1, 1, 1, 3, .elapsed = 9),              0, "an answer, however bad, is never retried" },
    { Q(OTHER, 1, 1, 1, 3, .elapsed = 9),                0, "what cannot be done cannot be done twice" },
    { Q(NOT, 1, 1, 1, 3, .elapsed = 9),                  0, "nothing failed" },
};

static const struct { const char *method; int want; } methods[] = {
    { "GET", 1 }, { "HEAD", 1 }, { "PUT", 1 }, { "DELETE", 1 }, { "OPTIONS", 1 }, { "PROPFIND", 1 },
    { "POST", 0 }, { "PATCH", 0 }, { "LOCK", 0 }, { "CONNECT", 0 }, { "get", 0 }, { "BREW", 0 },
};

static const struct { gw_failure failure; int timed_out; int want; const char *why; } statuses[] = {
    { GW_FAILED_CONNECT,   0, 502, "refused" },
    { GW_FAILED_CONNECT,   1, 504, "connect timed out" },
    { GW_FAILED_RESOLVE,   0, 503, "name resolution failed" },
    { GW_FAILED_RESOLVE,   1, 503, "however long it took" },
    { GW_FAILED_HANDSHAKE, 0, 502, "TLS failed" },
    { GW_FAILED_VERIFY,    0, 502, "certificate refused" },
    { GW_FAILED_EXCHANGE,  0, 502, "closed without an answer" },
    { GW_FAILED_EXCHANGE,  1, 504, "no answer in time" },
    { GW_FAILED_GARBAGE,   0, 502, "garbage" },
    { GW_FAILED_OTHER,     0, 502, "anything else" },
};

int main(void)
{
    size_t i;

    for (i = 0; i < COUNT(failures); i++)
        is_int(gw_failure_of(&failures[i].facts), failures[i].want, failures[i].why);
    for (i = 0; i < COUNT(questions); i++)
        is_int(gw_retry_is_allowed(&questions[i].q), questions[i].want, questions[i].why);
    for (i = 0; i < COUNT(methods); i++)
        is_int(gw_method_is_idempotent(methods[i].method), methods[i].want, methods[i].method);
    for (i = 0; i < COUNT(statuses); i++)
        is_int(gw_failure_status(statuses[i].failure, statuses[i].timed_out), statuses[i].want, statuses[i].why);
    is_int(gw_retry_budget(60000, 60000), apr_time_from_sec(120), "the budget is one round of the timeouts");
    is_int(gw_retry_budget(100, 200), apr_time_from_sec(60), "but at least a minute");
    is_str(gw_failure_text(GW_FAILED_CONNECT, 0), "connect failed", "the log's words");
    is_str(gw_failure_text(GW_FAILED_CONNECT, 1), "connect timed out", "differ when time ran out");
    return done();
}
