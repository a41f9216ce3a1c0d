/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_hook_answer.c - the first byte is a status (times 3), header lines follow up to an empty one, then the body of a
 * hook's answer. What a client gets is JSON or text of UTF-8, headers are clean, and nothing is remembered for longer
 * than configured.
 */
#include "fuzz.h"
#include "hook_answer.h"

#include <string.h>

#include "text.h"

#define NOW apr_time_from_sec(1700000000)

static void check(const gw_decision *decision)
{
    json_t *body;

    must(decision->status >= 200 && decision->status <= 599);
    must(decision->fresh_until <= NOW + apr_time_from_sec(decision->status <= 299 ? 60 : 30));
    must(decision->stale_until <= decision->fresh_until + apr_time_from_sec(10));
    must(decision->fresh_until == 0 || decision->stale_until >= decision->fresh_until);
    for (int i = 0; i < decision->nheaders; i++)
        must(strpbrk(decision->headers[i].name, " \t\r\n:") == NULL && strpbrk(decision->headers[i].value, "\r\n") == NULL);
    must((decision->body == NULL) == (decision->status <= 299));
    if (decision->body == NULL)
        return;
    must(gw_utf8_is_valid(decision->body, strlen(decision->body)));
    if (!decision->is_text) {
        must((body = json_loads(decision->body, 0, NULL)) != NULL);
        json_decref(body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const names[] = { "X-User", "WWW-Authenticate" };
    gw_middleman_conf conf = {
        .cache_ttl = 60, .cache_negative_ttl = 30, .cache_stale_ttl = 10, .upstream_headers = { 2, 1, names },
        .client_headers = { 2, 1, names },
    };
    gw_hook_reply reply = { 0 };
    const char *at = (const char *)bytes, *end = at + len;
    apr_pool_t *p;

    if (len == 0)
        return 0;
    p = make_input_pool();
    reply.status = 3 * (unsigned char)*at++;
    while (at < end) {
        const char *to = memchr(at, '\n', (size_t)(end - at));
        const apr_size_t line = to != NULL ? (apr_size_t)(to + 1 - at) : (apr_size_t)(end - at);
        const int is_last = line <= 2;

        gw_hook_reply_take(&reply, at, line, p);
        at += line;
        if (is_last)
            break;
    }
    reply.body = at;
    reply.body_len = (apr_size_t)(end - at);
    for (conf.wraps_text = 0; conf.wraps_text < 2; conf.wraps_text++) {
        gw_decision *decision = gw_decision_make(&conf, &reply, NOW, p);

        if (decision != NULL)
            check(decision);
        gw_decision_release(decision);
    }
    apr_pool_destroy(p);
    return 0;
}
