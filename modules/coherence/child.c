/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.c - this process's share in coherence, and the few words that all its files use.
 */
#include "child.h"

gw_child gw_this_child;

gw_child *gw_child_get(void)
{
    return &gw_this_child;
}

int gw_is_time_to_tell(apr_time_t *last, apr_interval_time_t interval)
{
    apr_time_t now = apr_time_now(), old = GW_LOAD(*last);

    return (old == 0 || now - old >= interval || now < old)
           && __atomic_compare_exchange_n(last, &old, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void gw_child_probe(gw_child *child)
{
    GW_SET(child->is_probe_wanted, 1);
    gw_slots_ring(child->slots);
}

void gw_child_notify(gw_child *child)
{
    GW_SET(child->is_notified, 1);
    gw_slots_ring(child->slots);
}

void gw_child_learn_secret(gw_child *child, gw_db *db, apr_pool_t *p)
{
    unsigned char secret[sizeof(child->secret)];

    if (GW_LOAD(child->has_secret) || gw_store_secret(secret, db, "installation", p) != APR_SUCCESS)
        return;
    apr_thread_mutex_lock(child->lock);
    if (!GW_LOAD(child->has_secret))
        memcpy(child->secret, secret, sizeof(secret));
    GW_SET(child->has_secret, 1);
    apr_thread_mutex_unlock(child->lock);
}
