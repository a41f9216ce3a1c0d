/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_trust.h - inside of workshop.h: what services show and believe, from their rows and those of certificates.
 */
#ifndef GW_SNAPSHOT_WORKSHOP_TRUST_H
#define GW_SNAPSHOT_WORKSHOP_TRUST_H

#include "workshop.h"

/* While linking: the trust of this cell's service, kept while nothing of it changed; `upstream` (NULL = none) is what
 * its host names. */
void gw_shop_settle_trust(gw_workshop *shop, gw_service_cell *cell, const gw_upstream *upstream);
/* The service of this cell is another, or none: its trust goes. */
void gw_shop_distrust(gw_workshop *shop, gw_service_cell *cell);
/* Once they are settled: warnings of those that cannot be what their rows say. */
void gw_shop_check_trusts(const gw_workshop *shop, gw_warn_fn *warn, void *baton);
/* "" without a trust. Borrowed from it. */
const char *gw_trust_text(const gw_trust *trust);

#endif
