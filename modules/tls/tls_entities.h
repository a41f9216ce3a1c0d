/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_entities.h - certificates, snis, ca_certificates: what clients may write and what is refused. Pure.
 */
#ifndef GW_TLS_TLS_ENTITIES_H
#define GW_TLS_TLS_ENTITIES_H

#include "gw_entity.h"

extern const gw_entity gw_entity_certificates;
extern const gw_entity gw_entity_snis;
extern const gw_entity gw_entity_ca_certificates;

/* A field that holds certificates, PEM (entities_certificate.c). */
gw_check_fn gw_check_certificate;

#endif
