/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_db.c - connections and transactions, the same for both databases: who may run what when, and which lost
 * connections are made anew in silence. What a database is like stands in store_pgsql.c and store_sqlite.c.
 */
#include "store_driver.h"

#include <string.h>
#include <apr_strings.h>

static const gw_driver_ops *const drivers[] = { &gw_pgsql_ops, &gw_sqlite_ops };

static apr_status_t close_at_pool_end(void *db)
{
    gw_db *own = db;

    if (own->kept != NULL)
        own->ops->drop(own->kept);
    if (own->native != NULL)
        own->ops->close(own);
    own->kept = NULL;
    own->native = NULL;
    return APR_SUCCESS;
}

static gw_db *make_db(const gw_store *store, apr_pool_t *p)
{
    gw_db *db = apr_pcalloc(p, sizeof(*db));

    db->store = store;
    db->ops = store->ops;
    db->pool = p;
    return db;
}

/* Counts the rows handed over, so that a broken read is not repeated after some were. */
typedef struct counter {
    gw_result *inner;
    int nrows;
} counter;

static apr_status_t count_row(void *baton, int ncells, const char *const *cells)
{
    counter *c = baton;

    c->nrows++;
    return c->inner->take != NULL ? c->inner->take(c->inner->baton, ncells, cells) : APR_SUCCESS;
}

static apr_status_t run(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result)
{
    apr_status_t rv;

    if (db->native == NULL)
        return gw_db_fail(db, GW_FAULT_AWAY, "the connection is closed");
    rv = db->ops->exec(db, sql, nparams, params, result);
    if (rv != APR_SUCCESS && db->txn != GW_TXN_NONE)
        db->is_failed = 1;
    return rv;
}

static apr_status_t run_healing(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result)
{
    counter c = { result, 0 };
    gw_result counted = { count_row, &c, 0 };
    apr_status_t rv = run(db, sql, nparams, params, &counted);

    if (rv == APR_EAGAIN && db->fault.kind == GW_FAULT_AWAY && c.nrows == 0 && db->ops->heal != NULL) {
        rv = db->ops->heal(db);
        if (rv == APR_SUCCESS)
            rv = run(db, sql, nparams, params, &counted);
    }
    result->affected = counted.affected;
    return rv;
}

/* Postgres' begin_write answers with the transaction's id. */
static apr_status_t take_xid(void *baton, int ncells, const char *const *cells)
{
    gw_db *db = baton;

    if (ncells > 0 && cells[0] != NULL)
        apr_cpystrn(db->xid, cells[0], sizeof(db->xid));
    return APR_SUCCESS;
}

static apr_status_t begin(gw_db *db, gw_txn kind)
{
    gw_result xid = { take_xid, db, 0 };
    apr_status_t rv;

    if (db->txn != GW_TXN_NONE)
        return APR_EINVAL;
    db->xid[0] = '\0';
    db->wrote_entity = NULL;
    db->is_unknown = 0;
    rv = run_healing(db, kind == GW_TXN_READ ? db->ops->begin_read : db->ops->begin_write, 0, NULL, &xid);
    if (rv == APR_SUCCESS) {
        db->txn = kind;
        db->is_failed = 0;
    }
    return rv;
}

/* The transaction is over, one way or the other. A borrowed connection goes back as it came. */
static void end(gw_db *db)
{
    db->txn = GW_TXN_NONE;
    if (db->is_wide)
        db->ops->widen(db, 0);
    if (db->is_muted)
        db->ops->mute(db, 0);
    db->is_wide = db->is_muted = 0;
}

static apr_status_t take_one(void *baton, int ncells, const char *const *cells)
{
    struct { const char *value; int found; apr_pool_t *p; } *one = baton;

    (void)ncells;
    one->found = 1;
    one->value = cells[0] != NULL ? apr_pstrdup(one->p, cells[0]) : NULL;
    return APR_SUCCESS;
}

static apr_status_t take_name(void *baton, int ncells, const char *const *cells)
{
    apr_array_header_t *names = baton;

    (void)ncells;
    APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(names->pool, cells[0]);
    return APR_SUCCESS;
}

apr_status_t gw_db_read(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result)
{
    if (db->txn != GW_TXN_NONE)
        return run(db, sql, nparams, params, result);
    return run_healing(db, sql, nparams, params, result);
}

apr_status_t gw_db_write(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result)
{
    gw_result nothing = { NULL, NULL, 0 };

    if (db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    return run(db, sql, nparams, params, result != NULL ? result : &nothing);
}

apr_status_t gw_db_read_one(const char **value, gw_db *db, const char *sql, int nparams, const char *const *params,
                            apr_pool_t *p)
{
    struct { const char *value; int found; apr_pool_t *p; } one = { NULL, 0, p };
    gw_result result = { take_one, &one, 0 };
    apr_status_t rv = gw_db_read(db, sql, nparams, params, &result);

    if (rv != APR_SUCCESS)
        return rv;
    if (!one.found)
        return APR_NOTFOUND;
    *value = one.value;
    return APR_SUCCESS;
}

apr_status_t gw_db_tables(apr_array_header_t **tables, gw_db *db, apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 16, sizeof(const char *));
    gw_result result = { take_name, names, 0 };
    apr_status_t rv = gw_db_read(db, db->ops->tables, 0, NULL, &result);

    if (rv == APR_SUCCESS)
        *tables = names;
    return rv;
}

int gw_has_table(const apr_array_header_t *tables, const char *name)
{
    int i;

    for (i = 0; i < tables->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(tables, i, const char *), name) == 0)
            return 1;
    return 0;
}

gw_store *gw_store_make(const char *driver, const char *params, apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (driver != NULL && strcmp(driver, drivers[i]->name) == 0) {
            gw_store *store = apr_palloc(p, sizeof(*store));

            store->ops = drivers[i];
            store->params = apr_pstrdup(p, params != NULL ? params : "");
            return store;
        }
    }
    return NULL;
}

gw_driver gw_store_driver(const gw_store *store)
{
    return store->ops->driver;
}

apr_status_t gw_db_open(gw_db **pdb, const char **why, const gw_store *store, apr_pool_t *p)
{
    gw_db *db = make_db(store, p);
    apr_status_t rv;

    db->is_own = 1;
    db->kept = db->ops->keep != NULL ? db->ops->keep() : NULL;
    rv = db->ops->open(db, store->params);
    if (rv == APR_SUCCESS)
        rv = db->ops->adopt(db);
    if (rv != APR_SUCCESS) {
        *why = apr_pstrdup(p, db->fault.why);
        close_at_pool_end(db);
        return rv;
    }
    apr_pool_cleanup_register(p, db, close_at_pool_end, apr_pool_cleanup_null);
    *pdb = db;
    return APR_SUCCESS;
}

gw_db *gw_db_open_alone(const char **why, const gw_store *store, apr_pool_t *p)
{
    apr_pool_t *alone;
    gw_db *db = NULL;

    if (apr_pool_create_unmanaged_ex(&alone, NULL, NULL) != APR_SUCCESS) {
        *why = "out of memory";
        return NULL;
    }
    if (gw_db_open(&db, why, store, alone) != APR_SUCCESS) {
        *why = apr_pstrdup(p, *why);
        apr_pool_destroy(alone);
        return NULL;
    }
    return db;
}

void gw_db_close_alone(gw_db *db)
{
    apr_pool_destroy(db->pool);
}

gw_db *gw_db_wrap(const gw_store *store, void *native, gw_db_kept *kept, apr_pool_t *p)
{
    gw_db *db = make_db(store, p);
    gw_result nothing = { NULL, NULL, 0 };

    db->native = native;
    db->kept = kept;
    /* Somebody who used the handle before us may have left in a hurry. */
    if (db->ops->is_in_transaction(db))
        db->ops->exec(db, "ROLLBACK", 0, NULL, &nothing);
    return db;
}

void gw_db_close(gw_db *db)
{
    gw_db_rollback(db);
    if (db->is_own)
        apr_pool_cleanup_run(db->pool, db, close_at_pool_end);
    db->native = NULL;
}

typedef struct keeping {
    const gw_driver_ops *ops;
    gw_db_kept *kept;
} keeping;

static apr_status_t drop_at_pool_end(void *baton)
{
    const keeping *k = baton;

    k->ops->drop(k->kept);
    return APR_SUCCESS;
}

apr_status_t gw_db_prepare_connection(gw_db_kept **kept, const gw_store *store, void *native, apr_pool_t *p)
{
    gw_db db = { .store = store, .ops = store->ops, .native = native };
    keeping *k = apr_palloc(p, sizeof(*k));

    k->ops = store->ops;
    k->kept = *kept = store->ops->keep != NULL ? store->ops->keep() : NULL;
    if (k->kept != NULL)
        apr_pool_cleanup_register(p, k, drop_at_pool_end, apr_pool_cleanup_null);
    return db.ops->adopt(&db);
}

apr_status_t gw_db_ping(gw_db *db)
{
    gw_result nothing = { NULL, NULL, 0 };

    return gw_db_read(db, "SELECT 1", 0, NULL, &nothing);
}

int gw_db_is_unknown(const gw_db *db)
{
    return db->is_unknown;
}

int gw_db_is_away(const gw_db *db)
{
    return db->fault.kind == GW_FAULT_AWAY;
}

int gw_db_is_full(const gw_db *db)
{
    return db->fault.kind == GW_FAULT_FULL;
}

int gw_db_is_lost(const gw_db *db)
{
    return db->fault.kind == GW_FAULT_LOST;
}

const char *gw_db_why(const gw_db *db)
{
    return db->fault.why;
}

apr_status_t gw_db_begin_read(gw_db *db)
{
    return begin(db, GW_TXN_READ);
}

apr_status_t gw_db_begin_write(gw_db *db)
{
    return begin(db, GW_TXN_WRITE);
}

void gw_db_expect_much(gw_db *db)
{
    if (db->txn == GW_TXN_NONE || db->is_wide || db->ops->widen == NULL)
        return;
    db->ops->widen(db, 1);
    db->is_wide = 1;
}

void gw_db_mute(gw_db *db)
{
    if (db->txn != GW_TXN_WRITE || db->is_muted || db->ops->mute == NULL)
        return;
    db->ops->mute(db, 1);
    db->is_muted = 1;
}

apr_status_t gw_db_commit(gw_db *db)
{
    gw_result nothing = { NULL, NULL, 0 };
    apr_status_t rv;

    if (db->txn == GW_TXN_NONE)
        return APR_EINVAL;
    if (db->is_failed) { /* COMMIT would be answered with ROLLBACK, and success */
        gw_db_rollback(db);
        return APR_EGENERAL;
    }
    rv = run(db, "COMMIT", 0, NULL, &nothing);
    if (rv == APR_EAGAIN && db->fault.kind == GW_FAULT_AWAY && db->xid[0] != '\0' && db->ops->settle != NULL)
        rv = db->ops->settle(db);
    if (rv != APR_SUCCESS)
        gw_db_rollback(db);
    end(db);
    return rv;
}

void gw_db_rollback(gw_db *db)
{
    gw_result nothing = { NULL, NULL, 0 };
    gw_fault kept;

    if (db->txn == GW_TXN_NONE)
        return;
    kept = db->fault; /* the reason, not the clean-up, is what the log wants */
    if (db->native != NULL && db->ops->is_in_transaction(db))
        db->ops->exec(db, "ROLLBACK", 0, NULL, &nothing);
    db->fault = kept;
    db->is_failed = 0;
    end(db);
}

void gw_db_wrote(gw_db *db, const char *entity, const char *id)
{
    db->wrote_entity = entity;
    apr_cpystrn(db->wrote_id, id, sizeof(db->wrote_id));
}

apr_status_t gw_db_try(gw_db *db)
{
    return gw_db_write(db, "SAVEPOINT gw_try", 0, NULL, NULL);
}

apr_status_t gw_db_try_keep(gw_db *db)
{
    return gw_db_write(db, "RELEASE SAVEPOINT gw_try", 0, NULL, NULL);
}

apr_status_t gw_db_try_undo(gw_db *db)
{
    apr_status_t rv = gw_db_write(db, "ROLLBACK TO SAVEPOINT gw_try", 0, NULL, NULL);

    if (rv == APR_SUCCESS)
        rv = gw_db_try_keep(db);
    if (rv == APR_SUCCESS)
        db->is_failed = 0;
    return rv;
}

apr_status_t gw_db_end(gw_db *db, apr_status_t rv)
{
    if (rv == APR_SUCCESS)
        return gw_db_commit(db);
    gw_db_rollback(db);
    return rv;
}
