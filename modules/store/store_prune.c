/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_prune.c - the chores of the event table: forgetting what every reader has long seen, saying that everything
 * changed, and taking away rows that have expired. How far the forgetting went is noted in the same transaction, so
 * that a reader who slept through it knows (store_events.c).
 */
#include "store_table.h"

#include <apr_general.h>
#include <apr_strings.h>

#define PRUNE_ROWS 10000  /* in one transaction */
#define EXPIRED_ROWS 1000 /* of each entity in one: short, for SQLite has one writer at a time */

static const char *const sql_announce[] = {
    [GW_PGSQL] = "WITH e AS (INSERT INTO gw_events (entity, op) VALUES ('*', 'all')) SELECT pg_notify('gw_events', '')",
    [GW_SQLITE] = "INSERT INTO gw_events (entity, op) VALUES ('*', 'all')",
};
/* $1 seconds. Never past the oldest transaction that still runs: it may have written events that nobody saw yet. */
static const char *const sql_prune[] = {
    [GW_PGSQL] = "WITH gone AS (DELETE FROM gw_events WHERE id IN (SELECT id FROM gw_events"
                 " WHERE at < clock_timestamp() - CAST($1 AS double precision) * interval '1 second'"
                 " AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id"
                 " LIMIT " APR_STRINGIFY(PRUNE_ROWS) " FOR UPDATE SKIP LOCKED) RETURNING xid)"
                 " UPDATE gw_events_horizon h SET xid = newest.xid"
                 " FROM (SELECT xid FROM gone ORDER BY xid DESC LIMIT 1) newest WHERE newest.xid > h.xid",
    [GW_SQLITE] = "DELETE FROM gw_events WHERE id IN (SELECT id FROM gw_events"
                  " WHERE at < CAST(strftime('%s', 'now') AS integer) - CAST($1 AS integer)"
                  " ORDER BY id LIMIT " APR_STRINGIFY(PRUNE_ROWS) ")",
};

/* SQLite has no data-changing CTE: the horizon follows in the same transaction. */
static apr_status_t note_horizon(gw_db *db)
{
    return gw_db_write(db,
                       "UPDATE gw_events_horizon SET id = coalesce((SELECT min(id) - 1 FROM gw_events),"
                       " (SELECT seq FROM sqlite_sequence WHERE name = 'gw_events'), 0)",
                       0, NULL, NULL);
}

apr_status_t gw_store_announce_all(gw_db *db)
{
    apr_status_t rv = gw_db_write(db, sql_announce[db->ops->driver], 0, NULL, NULL);

    if (rv == APR_SUCCESS)
        gw_db_wrote(db, "*", "");
    return rv;
}

apr_status_t gw_store_prune_events(gw_db *db, apr_interval_time_t horizon)
{
    char seconds[24];
    const char *param = seconds;
    apr_status_t rv = gw_db_begin_write(db);

    if (rv != APR_SUCCESS)
        return rv;
    apr_snprintf(seconds, sizeof(seconds), "%" APR_INT64_T_FMT, (apr_int64_t)apr_time_sec(horizon));
    rv = gw_db_write(db, sql_prune[db->ops->driver], 1, &param, NULL);
    if (rv == APR_SUCCESS && db->ops->driver == GW_SQLITE)
        rv = note_horizon(db);
    return gw_db_end(db, rv);
}

/* One transaction. *more is set when there may be others. */
static apr_status_t prune_entity(int *more, gw_db *db, const gw_entity *entity, apr_pool_t *ptemp)
{
    gw_result result = { NULL, NULL, 0 };
    apr_status_t rv = gw_db_begin_write(db);

    if (rv != APR_SUCCESS)
        return rv;
    rv = gw_db_write(db,
                     apr_psprintf(ptemp,
                                  "DELETE FROM \"%s\" WHERE \"id\" IN (SELECT \"id\" FROM \"%s\" WHERE"
                                  " \"expires_ms\" <= %s LIMIT " APR_STRINGIFY(EXPIRED_ROWS) ")",
                                  entity->name, entity->name, db->ops->now_ms),
                     0, NULL, &result);
    *more |= result.affected >= EXPIRED_ROWS;
    return gw_db_end(db, rv);
}

apr_status_t gw_store_prune_expired(int *more, gw_db *db)
{
    const apr_array_header_t *all = gw_registry_all();
    apr_array_header_t *tables;
    apr_pool_t *ptemp;
    apr_status_t rv;
    int i;

    apr_pool_create(&ptemp, db->pool);
    *more = 0;
    rv = gw_db_tables(&tables, db, ptemp);
    for (i = 0; i < all->nelts && rv == APR_SUCCESS; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(all, i, const gw_entity *);

        if (entity->has_ttl && gw_has_table(tables, entity->name))
            rv = prune_entity(more, db, entity, ptemp);
    }
    apr_pool_destroy(ptemp);
    return rv;
}
