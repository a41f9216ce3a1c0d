/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h - the current snapshot of a child: one thread publishes, all threads read.
 *
 * An edition is a snapshot with a count of its readers. Readers take the current one under a mutex that is held for
 * two instructions (about 20 ns; a bare "load, then count up" would be a use after free), and give it back without
 * one. An edition that nobody reads any more goes to the retired list, which only the publishing thread empties, so
 * that nothing large is freed in a request's thread.
 */
#ifndef GW_COHERENCE_PUBLISH_H
#define GW_COHERENCE_PUBLISH_H

#include "snapshot.h"

typedef struct gw_publisher gw_publisher;
typedef struct gw_edition gw_edition;

/* In p, which must outlive every reader. */
gw_publisher *gw_publisher_make(apr_pool_t *p);
/* Make `snapshot` the current one (taking it over); readers of the one before keep it. Publishing thread. */
void gw_publish(gw_publisher *publisher, gw_snapshot *snapshot);
/* A snapshot that nobody reads any more, for the caller to destroy; NULL when there is none. Publishing thread. */
gw_snapshot *gw_publisher_take_retired(gw_publisher *publisher);
/* The current edition, counted; NULL before the first. Any thread. */
gw_edition *gw_edition_acquire(gw_publisher *publisher);
/* Count an edition that the caller holds once more. Any thread. */
gw_edition *gw_edition_hold(gw_edition *edition);
void gw_edition_release(gw_edition *edition);
const gw_snapshot *gw_edition_snapshot(const gw_edition *edition);

#endif
