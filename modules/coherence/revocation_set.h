/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation_set.h - all revocations that are in force, in the memory of each child.
 *
 * All, not a cache: a request never asks the database whether its token was revoked, and is not served a revoked one
 * because the database is away. Beside the snapshot, not in it: a logout must not link 10,000 routes anew. The builder
 * writes, requests read; while nothing is revoked a request reads one word. About 200 bytes a row. Pure.
 */
#ifndef GW_COHERENCE_REVOCATION_SET_H
#define GW_COHERENCE_REVOCATION_SET_H

#include <apr_time.h>

#include "gw_plugin.h"

typedef struct gw_revocation_set gw_revocation_set;

/* NULL when there is no lock to be had. The lock is in p; rows are malloced and freed by destroy alone: a child that
 * ends lets them be. */
gw_revocation_set *gw_revocation_set_make(apr_pool_t *p);
void gw_revocation_set_destroy(gw_revocation_set *set);

/* ---- the builder's side (one thread) ---- */
/* A full load begins: what is put from now on is seen when it has ended well; until then, and if it fails, what was
 * known before holds. */
void gw_revocation_set_begin_load(gw_revocation_set *set);
void gw_revocation_set_end_load(gw_revocation_set *set, int is_good);
/* Insert or replace a row. One without an id, or that revokes nothing, is ignored. */
void gw_revocation_set_put(gw_revocation_set *set, const json_t *row);
void gw_revocation_set_remove(gw_revocation_set *set, const char *id);

/* ---- any thread ---- */
/* 1 when one of the proof's names is revoked. `now`: a clock that was set back revives nothing: the latest time that
 * was ever asked for counts. */
int gw_revocation_set_covers(gw_revocation_set *set, const gw_proof *proof, apr_time_t now);
/* How many rows, and their bytes (NULL = not asked). */
apr_size_t gw_revocation_set_count(gw_revocation_set *set, apr_size_t *nbytes);

#endif
