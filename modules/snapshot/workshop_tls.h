/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_tls.h - inside of workshop.h: rows of certificates, snis and ca_certificates, parsed when they come, never
 * in a handshake.
 */
#ifndef GW_SNAPSHOT_WORKSHOP_TLS_H
#define GW_SNAPSHOT_WORKSHOP_TLS_H

#include "workshop.h"

void gw_shop_put_certificate(gw_workshop *shop, const json_t *row);
void gw_shop_remove_certificate(gw_workshop *shop, const char *id);
void gw_shop_put_sni(gw_workshop *shop, const json_t *row);
void gw_shop_remove_sni(gw_workshop *shop, const char *id);
void gw_shop_put_authority(gw_workshop *shop, const json_t *row);
void gw_shop_remove_authority(gw_workshop *shop, const char *id);
/* While linking: the names that certificates are served for, and warnings of rows that cannot be used. */
void gw_shop_link_names(gw_workshop *shop, gw_snapshot *snapshot, gw_warn_fn *warn, void *baton);

#endif
