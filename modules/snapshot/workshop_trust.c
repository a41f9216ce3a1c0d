/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_trust.c - see workshop_trust.h. What cannot be had fails closed: without its certificate a service makes no
 * connection, an authority that is not there vouches for nobody.
 */
#include "workshop_trust.h"

#include <stdlib.h>

#include <apr_escape.h>

#include "certificate.h"

/* What a trust is made of; borrowed. */
typedef struct parts {
    const char *certificate_id;               /* NULL = none */
    const gw_certificate_cell *certificate;   /* NULL: none, or it is not there */
    const gw_strings *authorities;            /* NULL = none are given */
} parts;

static const gw_authority_cell *find_authority(const gw_workshop *shop, const char *id)
{
    return apr_hash_get(shop->authorities, id, APR_HASH_KEY_STRING);
}

/* 0: there is nothing to show, and nobody in particular to believe. */
static int find_parts(parts *to, const gw_workshop *shop, const gw_service *service, const gw_upstream *upstream)
{
    memset(to, 0, sizeof(*to));
    if (strcmp(service->protocol, "https") != 0)
        return 0;
    to->certificate_id = service->client_certificate;
    if (to->certificate_id == NULL && upstream != NULL)
        to->certificate_id = upstream->client_certificate;
    if (to->certificate_id != NULL)
        to->certificate = apr_hash_get(shop->certificates, to->certificate_id, APR_HASH_KEY_STRING);
    if (service->ca_certificates.n > 0)
        to->authorities = &service->ca_certificates;
    return to->certificate_id != NULL || to->authorities != NULL;
}

static const char *problem_of(const parts *from)
{
    if (from->certificate_id == NULL)
        return NULL;
    return from->certificate == NULL ? "client_certificate is not there" : from->certificate->certificate->problem;
}

/* By content: a row that was written again as it was changes nothing. malloc'ed. */
static char *make_text(const gw_workshop *shop, const parts *from)
{
    const int n = from->authorities != NULL ? from->authorities->n : 0;
    char *text = calloc(1, 2 * GW_CERTIFICATE_MARK + 8 + (size_t)n * 66), *to = text;
    int i;

    if (text == NULL)
        abort();
    if (problem_of(from) != NULL)
        *to++ = '!';
    else if (from->certificate != NULL) {
        apr_escape_hex(to, from->certificate->certificate->mark, GW_CERTIFICATE_MARK, 0, NULL);
        to += 2 * GW_CERTIFICATE_MARK;
    }
    *to++ = from->authorities != NULL ? '+' : '-';
    for (i = 0; i < n; i++) {
        const gw_authority_cell *authority = find_authority(shop, from->authorities->v[i]);

        *to++ = ' ';
        if (authority != NULL)
            to = (char *)memcpy(to, authority->digest, 64) + 64;
    }
    return text;
}

static X509_STORE *make_store(const gw_workshop *shop, const gw_strings *ids)
{
    X509_STORE *store = X509_STORE_new();
    int i;

    if (store == NULL)
        abort(); /* out of memory, as APR has it */
    for (i = 0; i < ids->n; i++) {
        const gw_authority_cell *authority = find_authority(shop, ids->v[i]);

        if (authority != NULL)
            X509_STORE_add_cert(store, authority->certificate);
    }
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN); /* whoever is named is believed, a root or not */
    return store;
}

static void destroy_trust(gw_life *life, void (*release_worker)(void *worker))
{
    gw_trust *trust = (gw_trust *)((char *)life - offsetof(gw_trust, life));

    if (release_worker != NULL && trust->worker != NULL)
        release_worker(trust->worker);
    gw_certificate_release(trust->shown);
    X509_STORE_free(trust->trusted);
    gw_arena_destroy(trust->arena);
}

static gw_trust *make_trust(const gw_workshop *shop, const parts *from, const char *text)
{
    gw_arena *arena = gw_arena_make(sizeof(gw_trust) + strlen(text) + 32);
    gw_trust *trust = gw_arena_calloc(arena, sizeof(*trust));

    trust->arena = arena;
    trust->text = gw_arena_strdup(arena, text);
    trust->problem = problem_of(from);
    if (from->certificate != NULL && trust->problem == NULL)
        trust->shown = gw_certificate_hold(from->certificate->certificate);
    if (from->authorities != NULL)
        trust->trusted = make_store(shop, from->authorities);
    trust->life.born = shop->links; /* the snapshot in the making shows it */
    trust->life.destroy = destroy_trust;
    return trust;
}

void gw_shop_distrust(gw_workshop *shop, gw_service_cell *cell)
{
    if (cell->trust != NULL)
        gw_life_retire(shop, &cell->trust->life);
    cell->trust = NULL;
}

const char *gw_trust_text(const gw_trust *trust)
{
    return trust != NULL ? trust->text : "";
}

void gw_shop_check_trusts(const gw_workshop *shop, gw_warn_fn *warn, void *baton)
{
    int i, k;

    for (i = 0; i < shop->service_places.n; i++) {
        const gw_service_cell *cell = shop->service_places.cells[i];
        const gw_strings *ids;

        if (cell == NULL || cell->service == NULL || cell->trust == NULL)
            continue;
        if (cell->trust->problem != NULL)
            warn(baton, "client-certificate-not-usable", "services", cell->id,
                 "its client certificate cannot be shown: no connection is made");
        ids = &cell->service->ca_certificates;
        for (k = 0; k < ids->n; k++)
            if (find_authority(shop, ids->v[k]) == NULL) {
                warn(baton, "ca-certificate-missing", "services", cell->id,
                     "ca_certificates names authorities that are not there: nobody is trusted for their sake");
                break;
            }
    }
}

void gw_shop_settle_trust(gw_workshop *shop, gw_service_cell *cell, const gw_upstream *upstream)
{
    parts from;
    char *text;

    if (!find_parts(&from, shop, cell->service, upstream)) {
        gw_shop_distrust(shop, cell);
        return;
    }
    text = make_text(shop, &from);
    if (cell->trust == NULL || strcmp(cell->trust->text, text) != 0) {
        gw_shop_distrust(shop, cell);
        cell->trust = make_trust(shop, &from, text);
    }
    free(text);
}
