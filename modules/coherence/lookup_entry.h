/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup_entry.h - a consumer or a credential as requests see it: compiled once from its row, immutable, counted.
 * Everything of one entry lives in one arena, but for what the owner's `prepare` made and its `destroy` frees.
 */
#ifndef GW_COHERENCE_LOOKUP_ENTRY_H
#define GW_COHERENCE_LOOKUP_ENTRY_H

#include "mod_gw.h"
#include "model.h"

typedef struct gw_lookup_entry gw_lookup_entry;

/* From a row of a credential entity; `fetched` is when its reading began. NULL: the row is of no use, *why (in p) says
 * why. One reference. */
gw_lookup_entry *gw_lookup_entry_credential(const char **why, const gw_entity *entity, const json_t *row,
                                            apr_time_t fetched, apr_pool_t *p);
/* From {"consumer": row, "plugins": [rows]} and the rows of entities with `with_consumer`. One reference. */
gw_lookup_entry *gw_lookup_entry_consumer(const json_t *loaded, apr_pool_t *p);
/* As gw_cache_options wants them. */
void gw_lookup_entry_retain(void *entry);
void gw_lookup_entry_release(void *entry);

/* What it holds; the entry's own, and good while a reference is held. */
const gw_credential *gw_lookup_entry_get_credential(const gw_lookup_entry *entry);
const gw_consumer *gw_lookup_entry_get_consumer(const gw_lookup_entry *entry);
const char *gw_lookup_entry_id(const gw_lookup_entry *entry);
apr_size_t gw_lookup_entry_bytes(const gw_lookup_entry *entry);
/* 1 when the row's end of life has come. */
int gw_lookup_entry_is_over(const gw_lookup_entry *entry, apr_time_t now);

#endif
