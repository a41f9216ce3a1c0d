/* SPDX-License-Identifier: Apache-2.0 */
/* hook_gate.c - see hook_gate.h. */
#include "hook_gate.h"

#include <stdlib.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_time.h>

#define PATIENCE apr_time_from_msec(500) /* without anybody leaving */

struct gw_hook_gate {
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *left;
    int inside, waiting, max, max_waiting;
    apr_time_t last_left;
};

gw_hook_gate *gw_hook_gate_make(int max, apr_pool_t *p)
{
    gw_hook_gate *gate = apr_pcalloc(p, sizeof(*gate));

    if (apr_thread_mutex_create(&gate->lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS
        || apr_thread_cond_create(&gate->left, p) != APR_SUCCESS)
        abort();
    gate->max = max;
    gate->max_waiting = 2 * max;
    return gate;
}

/* Lock held. A clock that is set back ends the waiting. */
static int is_moving(const gw_hook_gate *gate, apr_time_t now)
{
    return now >= gate->last_left && now - gate->last_left < PATIENCE;
}

/* Lock held: wait until there is a place, or none to hope for. */
static void wait_for_place(gw_hook_gate *gate)
{
    apr_time_t now = apr_time_now();

    gate->waiting++;
    while (gate->inside >= gate->max && is_moving(gate, now)) {
        apr_thread_cond_timedwait(gate->left, gate->lock, gate->last_left + PATIENCE - now);
        now = apr_time_now();
    }
    gate->waiting--;
}

int gw_hook_gate_enter(gw_hook_gate *gate)
{
    int is_in;

    apr_thread_mutex_lock(gate->lock);
    if (gate->inside >= gate->max && gate->waiting < gate->max_waiting)
        wait_for_place(gate);
    is_in = gate->inside < gate->max;
    if (is_in) {
        gate->inside++;
        if (gate->inside == gate->max)
            gate->last_left = apr_time_now(); /* full from now on: whoever comes next may hope for a moment */
    }
    apr_thread_mutex_unlock(gate->lock);
    return is_in;
}

void gw_hook_gate_leave(gw_hook_gate *gate)
{
    apr_thread_mutex_lock(gate->lock);
    gate->inside--;
    gate->last_left = apr_time_now();
    if (gate->waiting > 0)
        apr_thread_cond_signal(gate->left);
    apr_thread_mutex_unlock(gate->lock);
}

int gw_hook_gate_join_line(gw_hook_gate *gate)
{
    int is_in;

    apr_thread_mutex_lock(gate->lock);
    is_in = gate->waiting < gate->max_waiting;
    gate->waiting += is_in;
    apr_thread_mutex_unlock(gate->lock);
    return is_in;
}

void gw_hook_gate_leave_line(gw_hook_gate *gate)
{
    apr_thread_mutex_lock(gate->lock);
    gate->waiting--;
    apr_thread_mutex_unlock(gate->lock);
}
