/* SPDX-License-Identifier: Apache-2.0 */
/* limit_redis.c - see limit_redis.h. */
#include "limit_redis.h"

#include <apr_strings.h>

/* A counter that a crash left without an end gets one. */
static const char script[] =
    "local used = {} "
    "for i, key in ipairs(KEYS) do "
    "used[i] = redis.call('INCR', key) "
    "if used[i] == 1 or redis.call('TTL', key) < 0 then redis.call('EXPIRE', key, ARGV[i]) end "
    "end "
    "return used";

#define NFIXED 3 /* EVAL SCRIPT COUNT */

static apr_status_t read_reply(gw_usage *usage, const gw_redis_reply *reply)
{
    if (reply->type != GW_REDIS_LIST || reply->n != usage->n)
        return APR_EGENERAL;
    for (int i = 0; i < usage->n; i++)
        if (reply->items[i].type != GW_REDIS_NUMBER || reply->items[i].number < 1)
            return APR_EGENERAL;
    for (int i = 0; i < usage->n; i++) {
        usage->used[i] = reply->items[i].number;
        usage->is_over |= usage->used[i] > usage->limits[i].limit;
    }
    return APR_SUCCESS;
}

apr_status_t gw_limit_redis_take(gw_usage *usage, const char **why, gw_redis_pool *pool, const gw_redis_target *target,
                                 const gw_limit_key *key, apr_pool_t *p)
{
    const char *words[NFIXED + 2 * GW_NPERIODS] = { "EVAL", script, apr_itoa(p, usage->n) };
    const char *shown = gw_limit_key_show(key, p);
    gw_redis_reply reply;
    apr_status_t rv;

    for (int i = 0; i < usage->n; i++) {
        const gw_window *window = &usage->windows[i];

        words[NFIXED + i] = apr_psprintf(p, "ratelimit:%s:%" APR_INT64_T_FMT ":%s", shown, window->start_s * 1000,
                                         gw_period_names[usage->limits[i].period]);
        words[NFIXED + usage->n + i] = apr_psprintf(p, "%" APR_INT64_T_FMT, window->end_s - window->start_s);
    }
    rv = gw_redis_ask(&reply, why, pool, target, words, NFIXED + 2 * usage->n, GW_REDIS_ONCE, p);
    if (rv == APR_SUCCESS && (rv = read_reply(usage, &reply)) != APR_SUCCESS)
        *why = "what answers is no Redis";
    return rv;
}
