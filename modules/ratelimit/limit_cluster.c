/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit_cluster.c - see limit_cluster.h. Postgres has a function for it (readers of one snapshot cannot count); SQLite
 * has one writer at a time, so that one statement can both look and count. Both get key and limits,
 * [[period, start, end, limit], ...], and answer rows of is_over, period, used; no row from SQLite's first: it is over.
 */
#include "limit_cluster.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "mod_gw.h"

#define LIMIT_OF "json_extract(l.value, '$[3]')"
#define IS_COUNTER_OF                                                                                                  \
    "c.key = $1 AND c.period = json_extract(l.value, '$[0]') AND c.start_s = json_extract(l.value, '$[1]')"

static const gw_sql take = {
    .pgsql = "SELECT was_over, was_period, was_used FROM ratelimit_take($1, $2::json)",
    .sqlite3 = "INSERT INTO ratelimit_counters (key, period, start_s, end_s, used)"
               " SELECT $1, json_extract(w.value, '$[0]'), json_extract(w.value, '$[1]'),"
               " json_extract(w.value, '$[2]'),"
               " 1"
               " FROM json_each($2) w WHERE NOT EXISTS"
               " (SELECT 1 FROM json_each($2) l JOIN ratelimit_counters c ON " IS_COUNTER_OF
               " WHERE c.used >= " LIMIT_OF ")"
               " ON CONFLICT (key, period, start_s) DO UPDATE SET used = used + 1 RETURNING 0, period, used",
};

/* What is used, without counting. */
static const gw_sql look = {
    .pgsql = NULL,
    .sqlite3 = "SELECT max(coalesce(c.used, 0) >= " LIMIT_OF ") OVER (), json_extract(l.value, '$[0]'),"
               " coalesce(c.used, 0)"
               " FROM json_each($2) l LEFT JOIN ratelimit_counters c ON " IS_COUNTER_OF,
};

static const char *format_limits(const gw_usage *usage, apr_pool_t *p)
{
    json_t *all = json_array();
    char *text;
    const char *copy;

    for (int i = 0; i < usage->n; i++)
        json_array_append_new(all, json_pack("[s, I, I, I]", gw_period_names[usage->limits[i].period],
                                             (json_int_t)usage->windows[i].start_s, (json_int_t)usage->windows[i].end_s,
                                             (json_int_t)usage->limits[i].limit));
    text = json_dumps(all, JSON_COMPACT);
    copy = apr_pstrdup(p, text);
    free(text);
    json_decref(all);
    return copy;
}

static void read_row(gw_usage *usage, const json_t *row)
{
    const char *over = json_string_value(json_array_get(row, 0)), *period = json_string_value(json_array_get(row, 1)),
               *used = json_string_value(json_array_get(row, 2));

    if (over == NULL || period == NULL || used == NULL)
        return;
    usage->is_over |= *over == '1';
    for (int i = 0; i < usage->n; i++)
        if (strcmp(gw_period_names[usage->limits[i].period], period) == 0)
            usage->used[i] = apr_atoi64(used);
}

/* *nrows: what it answered. */
static apr_status_t ask(gw_usage *usage, size_t *nrows, request_rec *r, const gw_sql *sql, const char *const *params)
{
    json_t *rows;
    apr_status_t rv = gw_sql_run(&rows, r, sql, params, 2);

    if (rv != APR_SUCCESS)
        return rv;
    *nrows = json_array_size(rows);
    for (size_t i = 0; i < *nrows; i++)
        read_row(usage, json_array_get(rows, i));
    json_decref(rows);
    return APR_SUCCESS;
}

apr_status_t gw_limit_cluster_take(gw_usage *usage, request_rec *r, const gw_limit_key *key)
{
    const char *params[] = { gw_limit_key_show(key, r->pool), format_limits(usage, r->pool) };
    size_t nrows = 0;
    apr_status_t rv = ask(usage, &nrows, r, &take, params);

    if (rv != APR_SUCCESS || nrows > 0)
        return rv;
    rv = ask(usage, &nrows, r, &look, params);
    usage->is_over = 1; /* whatever has ended in between */
    return rv;
}
