/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_threads_test.c - 64 writers, each with a connection of its own, all after the same names: every name goes to
 * exactly one of them, the others are told so, and none is starved.
 */
#include "store_fixture.h"

#include <apr_thread_proc.h>

#define NWRITERS 64
#define NNAMES 4

typedef struct writer {
    fixture *f;
    int index, won, lost, other;
} writer;

static void *APR_THREAD_FUNC write_names(apr_thread_t *thread, void *baton)
{
    writer *w = baton;
    fixture mine = *w->f;
    gw_db *db;
    int i;

    apr_pool_create(&mine.p, NULL);
    db = fixture_open(&mine);
    for (i = 0; i < NNAMES; i++) {
        const gw_error *err = NULL;
        apr_status_t rv = put_row(&mine, db, &owners,
                                  apr_psprintf(mine.p, "{\"id\":\"%s\",\"name\":\"name %d\"}",
                                               id_of(&mine, 1000 * w->index + i), i), &err);

        w->won += rv == APR_SUCCESS;
        w->lost += rv == APR_EGENERAL && err->code == GW_E_UNIQUE;
        w->other += rv != APR_SUCCESS && !(rv == APR_EGENERAL && err->code == GW_E_UNIQUE);
        if (rv != APR_SUCCESS && rv != APR_EGENERAL)
            printf("# %s: %s\n", mine.name, gw_db_why(db));
    }
    (void)thread;
    gw_db_close(db);
    apr_pool_destroy(mine.p);
    return NULL;
}

static void test_writers(fixture *f)
{
    writer writers[NWRITERS];
    apr_thread_t *threads[NWRITERS];
    apr_status_t rv;
    int i, won = 0, lost = 0, other = 0;
    const char *n = "";

    for (i = 0; i < NWRITERS; i++) {
        writers[i] = (writer){ .f = f, .index = i };
        apr_thread_create(&threads[i], NULL, write_names, &writers[i], f->p);
    }
    for (i = 0; i < NWRITERS; i++) {
        apr_thread_join(&rv, threads[i]);
        won += writers[i].won;
        lost += writers[i].lost;
        other += writers[i].other;
    }
    is_int(won, NNAMES, say(f, "each name is won once"));
    is_int(lost, NNAMES * (NWRITERS - 1), say(f, "all others are told that it is taken"));
    is_int(other, 0, say(f, "nobody fails otherwise"));
    gw_db_read_one(&n, f->db, "SELECT CAST(count(*) AS text) FROM owners", 0, NULL, f->p);
    is_str(n, apr_itoa(f->p, NNAMES), say(f, "and so many rows there are"));
    gw_db_read_one(&n, f->db, "SELECT CAST(count(*) AS text) FROM gw_events", 0, NULL, f->p);
    is_str(n, apr_itoa(f->p, NNAMES), say(f, "and so many events"));
}

int main(void)
{
    apr_initialize();
    each_database(test_writers, 1);
    return done();
}
