/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_table.c - see health_table.h. Open addressing; a cell's place is found again by its key alone.
 *
 *   state:  bit 0 unhealthy | 8..15 successes | 16..23 TCP failures | 24..31 timeouts | 32..39 HTTP failures
 */
#include "health_table.h"

#include <string.h>

#include "mix_hash.h"

#define MAGIC 0x67775f6865616c74ULL /* "gw_healt" */
#define LAYOUT 1                    /* raise it with every change of the structs */
#define MAX_STEPS 64                /* how far from its place a cell may be */
#define ABANDONED apr_time_from_sec(600)

#define UNHEALTHY 1ULL
#define SHIFT_OF(event) (8 + 8 * (unsigned)(event))
#define COUNT_OF(state, event) ((state) >> SHIFT_OF(event) & 0xff)
#define SUCCESSES (0xffULL << SHIFT_OF(GW_HEALTH_SUCCESS))
#define FAILURES                                                                                                       \
    (0xffULL << SHIFT_OF(GW_HEALTH_TCP_FAILURE) | 0xffULL << SHIFT_OF(GW_HEALTH_TIMEOUT) |                             \
     0xffULL << SHIFT_OF(GW_HEALTH_HTTP_FAILURE))

struct gw_health_table {
    apr_uint64_t magic; /* these three: written once */
    apr_uint32_t layout;
    apr_uint32_t ncells; /* a power of two */
    gw_health_cell cells[];
};

#define LOAD(word) __atomic_load_n(&(word), __ATOMIC_SEQ_CST)
#define STORE(word, value) __atomic_store_n(&(word), (value), __ATOMIC_SEQ_CST)
#define SWAP_IF(word, expected, value)                                                                                 \
    __atomic_compare_exchange_n(&(word), &(expected), (value), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

apr_size_t gw_health_table_bytes(int ncells)
{
    return sizeof(gw_health_table) + (apr_size_t)ncells * sizeof(gw_health_cell);
}

gw_health_table *gw_health_table_format(void *memory, int ncells)
{
    gw_health_table *table = memory;

    memset(memory, 0, gw_health_table_bytes(ncells));
    table->layout = LAYOUT;
    table->ncells = (apr_uint32_t)ncells;
    STORE(table->magic, MAGIC);
    return table;
}

gw_health_table *gw_health_table_attach(void *memory, apr_size_t bytes)
{
    gw_health_table *table = memory;

    if (bytes < sizeof(*table) || table->magic != MAGIC || table->layout != LAYOUT ||
        bytes < gw_health_table_bytes((int)table->ncells))
        return NULL;
    return table;
}

apr_uint64_t gw_health_key(const char *upstream_id, const char *target, const char *ip, int port)
{
    apr_uint64_t hash = gw_mix_text(gw_mix_text(gw_mix_text(0, upstream_id), target), ip);

    hash = gw_mix(hash ^ (apr_uint64_t)port);
    return hash != 0 ? hash : 1;
}

static int is_abandoned(const gw_health_cell *cell, apr_time_t now)
{
    apr_int64_t seen = LOAD(cell->seen);

    return now - seen > ABANDONED;
}

/* Two processes that want the same new cell agree on the first free one: whoever loses looks at it again. A free one is
 * blank, and not written over: as soon as it has its key, another process may have found something out. */
static gw_health_cell *claim(gw_health_cell *cell, apr_uint64_t key, apr_uint64_t old, apr_time_t now)
{
    if (!SWAP_IF(cell->key, old, key))
        return old == key ? cell : NULL;
    if (old != 0) {
        STORE(cell->state, 0);
        STORE(cell->probed, 0);
    }
    STORE(cell->seen, now);
    return cell;
}

static gw_health_cell *find(gw_health_table *table, apr_uint64_t key)
{
    apr_uint32_t mask = table->ncells - 1, i;

    for (i = 0; i < MAX_STEPS && i < table->ncells; i++) {
        gw_health_cell *cell = &table->cells[(key + i) & mask];

        if (LOAD(cell->key) == key)
            return cell;
    }
    return NULL;
}

/* The first cell in reach that is free (or else abandoned) becomes this key's, unless another process has taken one for
 * it since it was not found: a key has one cell. NULL: there is none, or another process was quicker. */
static gw_health_cell *take(gw_health_table *table, apr_uint64_t key, apr_time_t now, int abandoned)
{
    apr_uint32_t mask = table->ncells - 1, i;

    for (i = 0; i < MAX_STEPS && i < table->ncells; i++) {
        gw_health_cell *cell = &table->cells[(key + i) & mask];
        apr_uint64_t old = LOAD(cell->key);

        if (old == key)
            return cell;
        if (abandoned ? is_abandoned(cell, now) : old == 0)
            return claim(cell, key, old, now);
    }
    return NULL;
}

gw_health_cell *gw_health_cell_get(gw_health_table *table, apr_uint64_t key, apr_time_t now)
{
    gw_health_cell *cell = NULL;
    int try;

    for (try = 0; cell == NULL && try < MAX_STEPS; try++)
        if ((cell = find(table, key)) == NULL)
            cell = take(table, key, now, 0);
    if (cell == NULL)
        cell = take(table, key, now, 1);
    if (cell != NULL)
        STORE(cell->seen, now);
    return cell;
}

void gw_health_cell_touch(gw_health_cell *cell, apr_time_t now)
{
    if (cell != NULL)
        STORE(cell->seen, now);
}

/* The state after one event. */
static apr_uint64_t advance(apr_uint64_t state, gw_health_event event, int limit)
{
    const int is_success = event == GW_HEALTH_SUCCESS, is_down = (state & UNHEALTHY) != 0;
    apr_uint64_t count;

    if (is_success != is_down && (state & (SUCCESSES | FAILURES)) == 0)
        return state; /* nothing that is not known: no need to count */
    state &= is_success ? ~FAILURES : ~SUCCESSES;
    count = COUNT_OF(state, event) + 1;
    if (count >= (apr_uint64_t)limit)
        return is_success ? 0 : UNHEALTHY;
    return state + (1ULL << SHIFT_OF(event));
}

gw_health_turn gw_health_report(gw_health_cell *cell, gw_health_event event, int limit)
{
    apr_uint64_t old, new;

    if (cell == NULL || limit <= 0)
        return GW_HEALTH_SAME;
    old = LOAD(cell->state);
    do {
        new = advance(old, event, limit);
        if (new == old)
            return GW_HEALTH_SAME;
    } while (!SWAP_IF(cell->state, old, new));
    if ((old & UNHEALTHY) == (new & UNHEALTHY))
        return GW_HEALTH_SAME;
    return new & UNHEALTHY ? GW_HEALTH_NOW_UNHEALTHY : GW_HEALTH_NOW_HEALTHY;
}

void gw_health_set(gw_health_cell *cell, int is_up)
{
    if (cell != NULL)
        STORE(cell->state, is_up ? 0 : UNHEALTHY);
}

static apr_interval_time_t left_since(apr_int64_t last, apr_time_t now, apr_interval_time_t interval)
{
    return last <= now && now - last < interval ? interval - (now - last) : 0; /* a clock set back makes it due */
}

apr_interval_time_t gw_health_probe_left(const gw_health_cell *cell, apr_time_t now, apr_interval_time_t interval)
{
    return left_since(LOAD(cell->probed), now, interval);
}

int gw_health_take_probe(gw_health_cell *cell, apr_time_t now, apr_interval_time_t interval)
{
    apr_int64_t last;

    if (cell == NULL)
        return 0;
    last = LOAD(cell->probed);
    return left_since(last, now, interval) == 0 && SWAP_IF(cell->probed, last, now);
}
