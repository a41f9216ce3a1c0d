/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scoped_test.c - the table from plugin rows to consumers, against a plain array through thousands of changes.
 */
#include <stdlib.h>

#include "scoped.h"
#include "tap.h"

#define NROWS 2000

static void format_id(char out[37], unsigned a, unsigned b)
{
    snprintf(out, 37, "%08x-0000-4000-8000-%012x", a * 2654435761u, b);
}

static void test_rules(void)
{
    static const char row[] = "0000000A-0000-4000-8000-00000000000b", other[] = "11111111-0000-4000-8000-000000000000";
    gw_scoped *scoped = gw_scoped_make();
    char out[37];

    is_int(gw_scoped_get(out, scoped, row), 0, "an empty table knows nothing");
    gw_scoped_set(scoped, row, NULL);
    is_int(gw_scoped_count(scoped), 0, "forgetting what is not there is no error");
    gw_scoped_set(scoped, row, other);
    is_int(gw_scoped_get(out, scoped, "0000000a-0000-4000-8000-00000000000B"), 1, "case does not matter");
    is_str(out, other, "the consumer comes back in its usual form");
    gw_scoped_set(scoped, row, row);
    gw_scoped_get(out, scoped, row);
    is_str(out, "0000000a-0000-4000-8000-00000000000b", "a row that moves has its new consumer");
    is_int(gw_scoped_count(scoped), 1, "and is still one");
    gw_scoped_set(scoped, "no uuid", other);
    gw_scoped_set(scoped, other, "11111111-0000-4000-8000-0000000000000");
    is_int(gw_scoped_count(scoped), 1, "what is no uuid is ignored");
    gw_scoped_set(scoped, row, NULL);
    is_int(gw_scoped_get(out, scoped, row), 0, "a row that is forgotten is gone");
    gw_scoped_set(scoped, row, other);
    gw_scoped_clear(scoped);
    is_int(gw_scoped_get(out, scoped, row), 0, "cleared, it is empty");
    gw_scoped_destroy(scoped);
}

static void test_churn(void)
{
    static int consumer_of[NROWS]; /* 0 = none */
    gw_scoped *scoped = gw_scoped_make();
    unsigned seed = 20240917;
    int wrong = 0, count = 0;

    for (int i = 0; i < 40 * NROWS; i++) {
        unsigned row = (seed = seed * 1103515245u + 12345u) >> 8 & 0xffff;
        int consumer = (int)((seed = seed * 1103515245u + 12345u) >> 8 & 3);
        char row_id[37], consumer_id[37];

        row %= NROWS;
        format_id(row_id, row % 50, row); /* many with the same beginning */
        format_id(consumer_id, 7, (unsigned)consumer);
        gw_scoped_set(scoped, row_id, consumer ? consumer_id : NULL);
        consumer_of[row] = consumer;
    }
    for (unsigned row = 0; row < NROWS; row++) {
        char row_id[37], want[37], got[37] = "";
        int found;

        format_id(row_id, row % 50, row);
        format_id(want, 7, (unsigned)consumer_of[row]);
        found = gw_scoped_get(got, scoped, row_id);
        wrong += found != (consumer_of[row] != 0) || (found && strcmp(got, want) != 0);
        count += consumer_of[row] != 0;
    }
    is_int(wrong, 0, "after many changes each row has the consumer that it was given last");
    is_int(gw_scoped_count(scoped), count, "and the count is right");
    gw_scoped_destroy(scoped);
}

int main(void)
{
    test_rules();
    test_churn();
    return done();
}
