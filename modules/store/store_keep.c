/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_keep.c - what a database keeps for its nodes rather than for clients: the secret that they share, and rows that
 * are to be kept in another way than they were written.
 */
#include "store_table.h"

#include <string.h>
#include <apr_escape.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "text.h"

#define SECRET_BYTES 32
#define BATCH 200 /* rows of a transaction */

/* ---- the shared secret ---- */

static apr_status_t load_secret(const char **hex, gw_db *db, const char *name, apr_pool_t *p)
{
    return gw_db_read_one(hex, db, "SELECT secret FROM gw_secrets WHERE name = $1", 1, &name, p);
}

/* Of several who make one at once, the first. */
static apr_status_t make_secret(gw_db *db, const char *name, apr_pool_t *p)
{
    unsigned char bytes[SECRET_BYTES];
    const char *params[] = { name, NULL };
    apr_status_t rv;

    gw_random_bytes(bytes, sizeof(bytes));
    params[1] = apr_pescape_hex(p, bytes, sizeof(bytes), 0);
    if ((rv = gw_db_begin_write(db)) != APR_SUCCESS)
        return rv;
    rv = gw_db_write(db, "INSERT INTO gw_secrets (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING", 2, params,
                     NULL);
    return gw_db_end(db, rv);
}

static apr_status_t parse_secret(unsigned char out[SECRET_BYTES], const char *hex)
{
    if (hex == NULL || strlen(hex) != 2 * SECRET_BYTES || strspn(hex, "0123456789abcdef") != 2 * SECRET_BYTES)
        return APR_EGENERAL;
    return apr_unescape_hex(out, hex, APR_ESCAPE_STRING, 0, NULL);
}

apr_status_t gw_store_secret(unsigned char out[32], gw_db *db, const char *name, apr_pool_t *p)
{
    const char *hex = NULL;
    apr_status_t rv = load_secret(&hex, db, name, p);

    if (rv == APR_NOTFOUND && (rv = make_secret(db, name, p)) == APR_SUCCESS)
        rv = load_secret(&hex, db, name, p);
    return rv == APR_SUCCESS ? parse_secret(out, hex) : rv;
}

/* ---- rows kept in another way ---- */

static apr_status_t take_id(void *ids, int ncells, const char *const *cells)
{
    apr_array_header_t *list = ids;

    (void)ncells;
    APR_ARRAY_PUSH(list, const char *) = apr_pstrdup(list->pool, cells[0]);
    return APR_SUCCESS;
}

static apr_status_t find_outdated(apr_array_header_t **ids, gw_db *db, const gw_entity *entity, const char *prefix,
                                  apr_pool_t *p)
{
    gw_result result = { take_id, NULL, 0 };
    const char *sql = apr_psprintf(p,
                                   "SELECT \"id\" FROM \"%s\" WHERE \"%s\" IS NOT NULL"
                                   " AND substr(\"%s\", 1, %d) <> $1 LIMIT " APR_STRINGIFY(BATCH),
                                   entity->name, entity->kept_field, entity->kept_field, (int)strlen(prefix));

    *ids = apr_array_make(p, BATCH, sizeof(const char *));
    result.baton = *ids;
    return gw_db_read(db, sql, 1, &prefix, &result);
}

/* A row that is gone meanwhile, or expired, is none of ours. */
static apr_status_t write_anew(int *nwritten, gw_db *db, const gw_entity *entity, const char *id, apr_pool_t *p)
{
    const gw_error *err = NULL;
    json_t *old = NULL, *row;
    apr_status_t rv = gw_row_lock(&old, db, entity, NULL, id, 0, p);

    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
    row = json_deep_copy(old);
    rv = gw_row_update(&err, db, entity, old, row, p);
    *nwritten += rv == APR_SUCCESS && !json_equal(json_object_get(old, entity->kept_field),
                                                  json_object_get(row, entity->kept_field));
    json_decref(row);
    json_decref(old);
    return rv;
}

static apr_status_t rekeep_batch(int *nwritten, gw_db *db, const gw_entity *entity, const char *prefix, apr_pool_t *p)
{
    apr_array_header_t *ids;
    apr_status_t rv = find_outdated(&ids, db, entity, prefix, p);
    int n = 0;

    if (rv != APR_SUCCESS || ids->nelts == 0 || (rv = gw_db_begin_write(db)) != APR_SUCCESS)
        return rv;
    for (int i = 0; i < ids->nelts && rv == APR_SUCCESS; i++)
        rv = write_anew(&n, db, entity, APR_ARRAY_IDX(ids, i, const char *), p);
    if ((rv = gw_db_end(db, rv)) == APR_SUCCESS)
        *nwritten = n;
    return rv;
}

apr_status_t gw_store_rekeep(int *nwritten, gw_db *db, apr_pool_t *p)
{
    const apr_array_header_t *all = gw_registry_all();
    apr_status_t rv = APR_SUCCESS;

    *nwritten = 0;
    for (int i = 0; i < all->nelts && rv == APR_SUCCESS; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(all, i, const gw_entity *);
        const char *prefix = entity->kept_field != NULL ? entity->kept_prefix() : NULL;
        apr_pool_t *ptemp;
        int n = 1;

        apr_pool_create(&ptemp, p);
        while (prefix != NULL && n > 0 && rv == APR_SUCCESS) {
            n = 0;
            rv = rekeep_batch(&n, db, entity, prefix, ptemp);
            *nwritten += n;
            apr_pool_clear(ptemp);
        }
        apr_pool_destroy(ptemp);
        if (rv == APR_ENOTIMPL) /* its table is missing: that entity alone is out of order */
            rv = APR_SUCCESS;
    }
    return rv;
}
