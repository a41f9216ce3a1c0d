/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.c - see counters.h. What is raised is one atomic word; sequential consistency throughout.
 */
#include "counters.h"

#include <sched.h>
#include <string.h>

#include "keyed_hash.h"

#define MAGIC 0x67775f636f756e74ULL /* "gw_count" */
#define LAYOUT 2                    /* raise it with every change of the structs below */
#define LINE_BYTES 64
#define NWAYS 7
#define MAX_COUNT 0xffffffffU
#define TAKEN 0xffffffff00000000ULL /* state of a counter that changes its owner: no window ends then */
#define HAND_PATIENCE_MS 1000       /* who holds a row for so long is dead */
#define SETBACK_S 5                 /* a window that lies ahead by more: the clock was set back */

typedef struct counter {
    apr_uint64_t tag;   /* 0 = never used */
    apr_uint64_t state; /* end of window << 32 | requests */
} counter;

typedef struct row {
    apr_uint64_t hand; /* 0 = nobody takes a counter; else when somebody began to, ms */
    apr_uint64_t unused;
    counter counters[NWAYS];
} __attribute__((aligned(2 * LINE_BYTES))) row;

struct gw_counters {
    apr_uint64_t magic; /* up to the seed: written once, before any child exists */
    apr_uint32_t layout;
    apr_uint32_t unused;
    apr_uint64_t nrows;
    gw_hash_seed seed;
    row rows[];
};

#define LOAD(word) __atomic_load_n(&(word), __ATOMIC_SEQ_CST)
#define STORE(word, value) __atomic_store_n(&(word), (value), __ATOMIC_SEQ_CST)
#define SWAP_IF(word, expected, value)                                                                                 \
    __atomic_compare_exchange_n(&(word), &(expected), (value), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

/* ---- the memory ---- */

static gw_counters *align(void *memory)
{
    return (gw_counters *)(((apr_uintptr_t)memory + 2 * LINE_BYTES - 1) & ~(apr_uintptr_t)(2 * LINE_BYTES - 1));
}

static apr_uint64_t count_rows(apr_size_t bytes)
{
    apr_size_t head = sizeof(gw_counters) + 2 * LINE_BYTES;

    return bytes > head ? (bytes - head) / sizeof(row) : 0;
}

gw_counters *gw_counters_format(void *memory, apr_size_t bytes)
{
    gw_counters *counters = align(memory);
    apr_uint64_t nrows = count_rows(bytes);

    if (nrows == 0)
        return NULL;
    counters->layout = LAYOUT;
    counters->nrows = nrows;
    gw_hash_seed_make(&counters->seed);
    STORE(counters->magic, MAGIC);
    return counters;
}

gw_counters *gw_counters_attach(void *memory, apr_size_t bytes)
{
    gw_counters *counters = align(memory);

    if (count_rows(bytes) == 0 || counters->magic != MAGIC || counters->layout != LAYOUT
        || counters->nrows != count_rows(bytes))
        return NULL;
    return counters;
}

apr_size_t gw_counters_room(const gw_counters *counters)
{
    return (apr_size_t)counters->nrows * NWAYS;
}

/* ---- states ---- */

static apr_int64_t end_of(apr_uint64_t state)
{
    return (apr_int64_t)(state >> 32);
}

static apr_int64_t requests_of(apr_uint64_t state)
{
    return (apr_int64_t)(state & MAX_COUNT);
}

static apr_uint64_t make_state(apr_int64_t end_s, apr_int64_t requests)
{
    return (apr_uint64_t)end_s << 32 | (apr_uint64_t)requests;
}

static int is_taken(apr_uint64_t state)
{
    return (state & TAKEN) == TAKEN;
}

/* ---- finding ---- */

static counter *find_counter(row *at, apr_uint64_t tag)
{
    for (int i = 0; i < NWAYS; i++)
        if (LOAD(at->counters[i].tag) == tag)
            return &at->counters[i];
    return NULL;
}

/* One that nobody needs any more, else the one with the fewest requests. */
static counter *find_victim(row *at, apr_int64_t now_s)
{
    counter *best = &at->counters[0];
    apr_int64_t fewest = MAX_COUNT;

    for (int i = 0; i < NWAYS; i++) {
        counter *c = &at->counters[i];
        apr_uint64_t state = LOAD(c->state);

        if (LOAD(c->tag) == 0 || end_of(state) <= now_s || is_taken(state))
            return c; /* taken: we hold the row, so whoever took it is dead */
        if (requests_of(state) < fewest) {
            fewest = requests_of(state);
            best = c;
        }
    }
    return best;
}

/* 1: this thread may change owners in this row, until it puts the hand back. */
static int take_hand(row *at, apr_time_t now)
{
    apr_uint64_t mine = (apr_uint64_t)apr_time_as_msec(now > 0 ? now : 0) | 1;

    for (int i = 0; i < 10000; i++) {
        apr_uint64_t held = LOAD(at->hand);
        apr_uint64_t since = mine > held ? mine - held : held - mine;

        if ((held == 0 || since > HAND_PATIENCE_MS) && SWAP_IF(at->hand, held, mine))
            return 1;
        sched_yield();
    }
    return 0;
}

/* The victim's state is TAKEN while its tag changes, so that whoever still holds it for its old tag finds out. */
static void change_owner(counter *c, apr_uint64_t tag)
{
    apr_uint64_t state = LOAD(c->state);

    while (!SWAP_IF(c->state, state, TAKEN))
        ;
    STORE(c->tag, tag);
    STORE(c->state, 0);
}

/* The counter of this tag, whatever has become of the one that was found. NULL: the row is held. */
static counter *add_counter(row *at, apr_uint64_t tag, apr_time_t now)
{
    counter *c;

    if (!take_hand(at, now))
        return NULL;
    c = find_counter(at, tag);
    if (c == NULL || is_taken(LOAD(c->state))) {
        c = c != NULL ? c : find_victim(at, apr_time_sec(now));
        change_owner(c, tag);
    }
    STORE(at->hand, 0);
    return c;
}

/* ---- counting ---- */

typedef enum outcome { RAISED, REACHED, MOVED } outcome;

/* Raise c unless the limit is reached. MOVED: it is not this tag's any more. *used: as gw_usage has it. */
static outcome count_up(apr_int64_t *used, counter *c, apr_uint64_t tag, const gw_window *window, apr_int64_t limit)
{
    apr_uint64_t state = LOAD(c->state);

    for (;;) {
        apr_int64_t end = end_of(state), requests = requests_of(state);

        if (is_taken(state) || LOAD(c->tag) != tag)
            return MOVED;
        if (end < window->end_s || end - window->end_s > SETBACK_S + (window->end_s - window->start_s)) {
            end = window->end_s;
            requests = 0;
        } /* else: this window, or the next one, that another thread's clock has reached already */
        *used = requests;
        if (requests >= limit || requests == (apr_int64_t)MAX_COUNT)
            return REACHED;
        if (SWAP_IF(c->state, state, make_state(end, requests + 1))) {
            *used = requests + 1;
            return RAISED;
        }
    }
}

/* A later limit was reached: this request did not happen. */
static void count_down(counter *c, apr_uint64_t tag)
{
    apr_uint64_t state = LOAD(c->state);

    while (requests_of(state) > 0 && !is_taken(state) && LOAD(c->tag) == tag)
        if (SWAP_IF(c->state, state, state - 1))
            return;
}

static outcome take_one(apr_int64_t *used, counter **taken, gw_counters *counters, apr_uint64_t tag,
                        const gw_window *window, apr_int64_t limit, apr_time_t now)
{
    row *at = &counters->rows[tag % counters->nrows];
    outcome how = MOVED;

    for (int i = 0; how == MOVED && i < 8; i++) {
        counter *c = i == 0 ? find_counter(at, tag) : NULL;

        if (c == NULL && (c = add_counter(at, tag, now)) == NULL)
            return MOVED;
        how = count_up(used, c, tag, window, limit);
        *taken = c;
    }
    return how;
}

/* What a counter says, without counting: for limits that were not asked any more. */
static apr_int64_t look(gw_counters *counters, apr_uint64_t tag, const gw_window *window)
{
    counter *c = find_counter(&counters->rows[tag % counters->nrows], tag);
    apr_uint64_t state = c != NULL ? LOAD(c->state) : 0;

    return end_of(state) >= window->end_s && !is_taken(state) ? requests_of(state) : 0;
}

/* Neighbouring periods of one key lie in different rows; 0 is no tag. */
static apr_uint64_t make_tag(apr_uint64_t hash, gw_period period)
{
    apr_uint64_t tag = (hash ^ (apr_uint64_t)(period + 1)) * 0x9e3779b97f4a7c15ULL;

    tag ^= tag >> 32;
    return tag != 0 ? tag : 1;
}

int gw_counters_take(gw_usage *usage, gw_counters *counters, const void *key, apr_size_t len, apr_time_t now)
{
    apr_uint64_t hash = gw_keyed_hash(&counters->seed, key, len), tags[GW_NPERIODS];
    counter *taken[GW_NPERIODS];
    outcome how = RAISED;
    int i, nraised = 0;

    for (i = 0; i < usage->n && how == RAISED; i++) {
        tags[i] = make_tag(hash, usage->limits[i].period);
        how = take_one(&usage->used[i], &taken[i], counters, tags[i], &usage->windows[i], usage->limits[i].limit, now);
        nraised += how == RAISED;
    }
    if (how == RAISED)
        return 1;
    for (int k = 0; k < nraised; k++) {
        count_down(taken[k], tags[k]);
        usage->used[k]--;
    }
    usage->is_over = how == REACHED;
    for (; usage->is_over && i < usage->n; i++)
        usage->used[i] = look(counters, make_tag(hash, usage->limits[i].period), &usage->windows[i]);
    return usage->is_over;
}
