/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin_rows.c - rows that plugins write while a request is served: one transaction each, committed or not at all,
 * told to the children like any other change. The Admin API's writes go another way (gw_admin_api.h).
 */
#include "mod_gw.h"

#include <http_log.h>

#include "child.h"
#include "request.h"
#include "schema.h"

APLOG_USE_MODULE(gw);

#define TELL_INTERVAL apr_time_from_sec(10)

typedef struct writing {
    request_rec *r;
    const gw_entity *entity;
    gw_handle h;
    apr_pool_t *p;         /* of this write */
    const gw_error *error; /* why it was refused; in p */
} writing;

static apr_status_t begin(writing *w)
{
    apr_status_t rv;

    apr_pool_create(&w->p, w->r->pool);
    rv = gw_handle_open(&w->h, w->r->server, w->p);
    return rv == APR_SUCCESS ? gw_db_begin_write(w->h.db) : rv;
}

/* What clients can cause (a database that is away, a row made twice) is not worth a line for each of them. */
static void tell(const writing *w, apr_status_t rv)
{
    static apr_time_t told;

    if (gw_db_is_away(w->h.db) || !gw_is_time_to_tell(&told, TELL_INTERVAL))
        return;
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, rv, w->r, GWLOGNO(1655) "rows: a row of %s was not written: %s",
                  w->entity->name, w->error ? w->error->message : gw_db_why(w->h.db) ? gw_db_why(w->h.db) : "busy");
}

/* Commit, or take everything back; one of the codes that mod_gw.h promises. */
static apr_status_t end(writing *w, apr_status_t rv)
{
    if (w->h.db != NULL) {
        if (rv == APR_SUCCESS)
            rv = gw_db_commit(w->h.db);
        if (rv == APR_EGENERAL && w->error != NULL && w->error->code == GW_E_UNIQUE)
            rv = APR_EEXIST;
        if (rv != APR_SUCCESS)
            gw_db_rollback(w->h.db);
        if (rv != APR_SUCCESS && rv != APR_NOTFOUND && rv != APR_EEXIST)
            tell(w, rv);
        gw_handle_close(&w->h, rv);
    }
    apr_pool_destroy(w->p);
    return rv;
}

static apr_status_t insert(writing *w, json_t *row)
{
    json_t *ttl = json_incref(json_object_get(row, "ttl"));
    apr_status_t rv = APR_EGENERAL;

    w->error = gw_schema_process(w->entity->schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_OURS, apr_time_now(),
                                 w->p);
    if (w->entity->has_ttl && ttl != NULL)
        json_object_set(row, "ttl", ttl);
    json_decref(ttl);
    if (w->error == NULL)
        rv = gw_row_insert(&w->error, w->h.db, w->entity, row, w->p);
    return rv;
}

/* What is only tried out leaves nothing behind, whatever a plugin thinks of it. */
static int is_tried_out(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q != NULL && q->trace != NULL;
}

/* Could a row be written now? Asked of the database, and nothing else. */
static apr_status_t try_out(writing *w)
{
    apr_status_t rv = begin(w);

    if (w->h.db != NULL) {
        gw_db_rollback(w->h.db);
        gw_handle_close(&w->h, rv);
    }
    apr_pool_destroy(w->p);
    return rv;
}

apr_status_t gw_row_add(request_rec *r, const gw_entity *entity, json_t *row)
{
    writing w = { .r = r, .entity = entity };
    apr_status_t rv;

    if (is_tried_out(r))
        return try_out(&w);
    rv = begin(&w);
    if (rv == APR_SUCCESS)
        rv = insert(&w, row);
    rv = end(&w, rv);
    if (rv == APR_SUCCESS && !entity->is_quiet)
        gw_coherence_announce();
    return rv;
}

static apr_status_t edit_row(gw_row_fate *fate, writing *w, const char *field, const char *value, gw_row_edit_fn *edit,
                             void *baton)
{
    json_t *row = NULL, *old = NULL;
    apr_status_t rv = gw_row_lock(&row, w->h.db, w->entity, field, value, 0, w->p);

    if (rv != APR_SUCCESS)
        return rv;
    old = json_deep_copy(row);
    *fate = edit(baton, row);
    if (*fate == GW_ROW_SAVE)
        rv = gw_row_update(&w->error, w->h.db, w->entity, old, row, w->p);
    else if (*fate == GW_ROW_DELETE)
        rv = gw_row_delete(&w->error, w->h.db, w->entity, json_string_value(json_object_get(old, "id")), w->p);
    json_decref(old);
    json_decref(row);
    return rv;
}

apr_status_t gw_row_edit(request_rec *r, const gw_entity *entity, const char *field, const char *value,
                         gw_row_edit_fn *edit, void *baton)
{
    writing w = { .r = r, .entity = entity };
    gw_row_fate fate = GW_ROW_KEEP;
    apr_status_t rv;

    if (is_tried_out(r))
        return try_out(&w);
    rv = begin(&w);
    if (rv == APR_SUCCESS)
        rv = edit_row(&fate, &w, field, value, edit, baton);
    rv = end(&w, rv);
    if (rv != APR_SUCCESS || fate == GW_ROW_KEEP)
        return rv;
    if (fate == GW_ROW_DELETE)
        gw_coherence_announce();
    else
        gw_coherence_ring();
    return rv;
}
