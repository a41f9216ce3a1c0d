/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_mark.c - one text that says which declarative configuration the rows are, read by the next start; and which
 * entities can have rows at all.
 */
#include "store_driver.h"

apr_status_t gw_store_has_table(int *is_there, gw_db *db, const gw_entity *entity, apr_pool_t *p)
{
    apr_array_header_t *tables;
    apr_status_t rv = gw_db_tables(&tables, db, p);

    if (rv == APR_SUCCESS)
        *is_there = gw_has_table(tables, entity->name);
    return rv;
}

apr_status_t gw_store_mark_get(const char **mark, gw_db *db, apr_pool_t *p)
{
    db->fault.kind = GW_FAULT_NONE;
    return gw_db_read_one(mark, db, "SELECT mark FROM gw_declarative", 0, NULL, p);
}

apr_status_t gw_store_mark_set(gw_db *db, const char *mark)
{
    return gw_db_write(db,
                       "INSERT INTO gw_declarative (one, mark) VALUES (1, $1)"
                       " ON CONFLICT (one) DO UPDATE SET mark = excluded.mark",
                       1, &mark, NULL);
}
