/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scoped.h - which consumer a plugin row belongs to, for rows that are gone or were moved: the event names the plugin
 * row only, and what is to be dropped is the consumer. 40 bytes or so for each consumer-scoped row. Pure; one thread.
 */
#ifndef GW_COHERENCE_SCOPED_H
#define GW_COHERENCE_SCOPED_H

#include <apr_pools.h>

typedef struct gw_scoped gw_scoped;

/* Never NULL. Clear forgets all rows. */
gw_scoped *gw_scoped_make(void);
void gw_scoped_destroy(gw_scoped *scoped);
void gw_scoped_clear(gw_scoped *scoped);
/* Remember the consumer (uuid) of a row (uuid); NULL: it has none (any more). What is no uuid is ignored. */
void gw_scoped_set(gw_scoped *scoped, const char *row_id, const char *consumer_id);
/* 1 and the consumer's uuid in out, or 0. */
int gw_scoped_get(char out[37], const gw_scoped *scoped, const char *row_id);
apr_size_t gw_scoped_count(const gw_scoped *scoped);

#endif
