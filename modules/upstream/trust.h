/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.h - what a service shows to its upstream in TLS, and whom it believes: made while a snapshot is linked, from
 * rows of certificates and ca_certificates; services with neither have none. Immutable but for the worker.
 */
#ifndef GW_UPSTREAM_TRUST_H
#define GW_UPSTREAM_TRUST_H

#include <openssl/x509_vfy.h>

#include "model.h"

typedef struct gw_trust {
    const char *text;       /* differs when anything that follows differs */
    struct gw_certificate *shown; /* certificate.h: client_certificate, held; NULL = none */
    X509_STORE *trusted;    /* of ca_certificates; NULL = none are given: whom the machine trusts */
    const char *problem;    /* why there can be no connection, static; NULL = there can */
    void *volatile worker;  /* that serves the service with it, made at first use; released with it */
    gw_arena *arena;
    gw_life life;
} gw_trust;

#endif
