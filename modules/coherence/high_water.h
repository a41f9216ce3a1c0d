/* SPDX-License-Identifier: Apache-2.0 */
/*
 * high_water.h - the latest moment that this node has seen, in a file of GwStateDir: a clock that is set back, and a
 * restart after that, bring nothing to life again that was over. Pure.
 */
#ifndef GW_COHERENCE_HIGH_WATER_H
#define GW_COHERENCE_HIGH_WATER_H

#include <apr_pools.h>
#include <apr_time.h>

/* 0 when there is no such file, or it says nothing of use. */
apr_time_t gw_high_water_load(const char *name, apr_pool_t *p);
/* Whole, or as it was. */
apr_status_t gw_high_water_save(const char *name, apr_time_t mark, apr_pool_t *p);

#endif
