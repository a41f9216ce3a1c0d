/* SPDX-License-Identifier: Apache-2.0 */
/* hook_gate.c - see hook_gate.h. */
#include "hook_gate.h"

#include <stdlib.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_time.h>

#define PATIENCE apr_time_from_msec(500) /* without anybody leaving */
#define LINE_LENGTH 2                    /* for each place */
#define NLANES 64

/* Of one hook, or of all. */
typedef struct lane {
    int inside, waiting, places;
    apr_time_t last_left; /* or when the first or the last place was taken */
} lane;

struct gw_hook_gate {
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *left;
    lane all, lanes[NLANES];
};

gw_hook_gate *gw_hook_gate_make(int max, apr_pool_t *p)
{
    gw_hook_gate *gate = apr_pcalloc(p, sizeof(*gate));

    if (apr_thread_mutex_create(&gate->lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS
        || apr_thread_cond_create(&gate->left, p) != APR_SUCCESS)
        abort();
    gate->all.places = max;
    for (int i = 0; i < NLANES; i++)
        gate->lanes[i].places = max > 1 ? max - (max + 3) / 4 : max;
    return gate;
}

/* ---- all of these: lock held ---- */

static lane *find_lane(gw_hook_gate *gate, apr_uint64_t hook)
{
    return &gate->lanes[hook % NLANES];
}

/* What keeps this lane's next one out; NULL = nothing. */
static const lane *find_full(const gw_hook_gate *gate, const lane *own)
{
    if (own->inside >= own->places)
        return own;
    return gate->all.inside >= gate->all.places ? &gate->all : NULL;
}

static int has_line(const lane *l)
{
    return l->waiting < LINE_LENGTH * l->places;
}

/* A clock that is set back ends the waiting. */
static int is_moving(const lane *l, apr_time_t now)
{
    return now >= l->last_left && now - l->last_left < PATIENCE;
}

/* Until there is a place, or none to hope for. */
static void wait_for_place(gw_hook_gate *gate, lane *own)
{
    apr_time_t now = apr_time_now();
    const lane *full;

    own->waiting++;
    gate->all.waiting++;
    while ((full = find_full(gate, own)) != NULL && is_moving(full, now)) {
        apr_thread_cond_timedwait(gate->left, gate->lock, full->last_left + PATIENCE - now);
        now = apr_time_now();
    }
    own->waiting--;
    gate->all.waiting--;
}

static void take_place(lane *l)
{
    l->inside++;
    if (l->inside == 1 || l->inside == l->places)
        l->last_left = apr_time_now(); /* whoever comes next may hope for a moment */
}

static void free_place(lane *l)
{
    l->inside--;
    l->last_left = apr_time_now();
}

/* ---- */

int gw_hook_gate_enter(gw_hook_gate *gate, apr_uint64_t hook)
{
    lane *own = find_lane(gate, hook);
    int is_in;

    apr_thread_mutex_lock(gate->lock);
    if (find_full(gate, own) != NULL && has_line(own) && has_line(&gate->all))
        wait_for_place(gate, own);
    is_in = find_full(gate, own) == NULL;
    if (is_in) {
        take_place(own);
        take_place(&gate->all);
    }
    apr_thread_mutex_unlock(gate->lock);
    return is_in;
}

void gw_hook_gate_leave(gw_hook_gate *gate, apr_uint64_t hook)
{
    apr_thread_mutex_lock(gate->lock);
    free_place(find_lane(gate, hook));
    free_place(&gate->all);
    if (gate->all.waiting > 0)
        apr_thread_cond_broadcast(gate->left); /* whose place it is, they know */
    apr_thread_mutex_unlock(gate->lock);
}

int gw_hook_gate_is_stuck(gw_hook_gate *gate, apr_uint64_t hook)
{
    const lane *own = find_lane(gate, hook);
    int is_stuck;

    apr_thread_mutex_lock(gate->lock);
    is_stuck = own->inside > 0 && !is_moving(own, apr_time_now());
    apr_thread_mutex_unlock(gate->lock);
    return is_stuck;
}

int gw_hook_gate_join_line(gw_hook_gate *gate, apr_uint64_t hook)
{
    lane *own = find_lane(gate, hook);
    int is_in;

    apr_thread_mutex_lock(gate->lock);
    is_in = has_line(own) && has_line(&gate->all);
    own->waiting += is_in;
    gate->all.waiting += is_in;
    apr_thread_mutex_unlock(gate->lock);
    return is_in;
}

void gw_hook_gate_leave_line(gw_hook_gate *gate, apr_uint64_t hook)
{
    apr_thread_mutex_lock(gate->lock);
    find_lane(gate, hook)->waiting--;
    gate->all.waiting--;
    apr_thread_mutex_unlock(gate->lock);
}
