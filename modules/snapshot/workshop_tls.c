/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_tls.c - see workshop_tls.h. A certificate that cannot be used is as good as none for those who ask for its
 * names; a service that would have to show it fails closed (trust.c).
 */
#include "workshop_tls.h"

#include <stdlib.h>

#include "certificate.h"
#include "json_row.h"
#include "must.h"
#include "pem_read.h"
#include "sni_name.h"

/* A cell whose id stands behind `size` bytes of it. */
static void *make_cell(size_t size, size_t id_at, const char *id)
{
    char *cell = gw_must(calloc(1, size + strlen(id) + 1));

    memcpy(cell + id_at, id, strlen(id) + 1);
    return cell;
}

/* ---- certificates ---- */

static void destroy_certificate(gw_life *life, void (*release_worker)(void *worker))
{
    gw_certificate_cell *cell = (gw_certificate_cell *)((char *)life - offsetof(gw_certificate_cell, life));

    (void)release_worker;
    gw_certificate_release(cell->certificate);
    free(cell);
}

void gw_shop_remove_certificate(gw_workshop *shop, const char *id)
{
    gw_certificate_cell *cell = apr_hash_get(shop->certificates, id, APR_HASH_KEY_STRING);

    if (cell == NULL)
        return;
    apr_hash_set(shop->certificates, cell->id, APR_HASH_KEY_STRING, NULL);
    gw_life_retire(shop, &cell->life);
}

void gw_shop_put_certificate(gw_workshop *shop, const json_t *row)
{
    const char *id = gw_json_text(row, "id");
    gw_certificate_cell *cell;

    if (id == NULL)
        return;
    gw_shop_remove_certificate(shop, id);
    cell = make_cell(sizeof(*cell), offsetof(gw_certificate_cell, id), id);
    cell->certificate = gw_certificate_make(row);
    gw_life_begin(shop, &cell->life);
    cell->life.destroy = destroy_certificate;
    apr_hash_set(shop->certificates, cell->id, APR_HASH_KEY_STRING, cell);
}

/* ---- names ---- */

void gw_shop_remove_sni(gw_workshop *shop, const char *id)
{
    gw_sni_cell *cell = apr_hash_get(shop->snis, id, APR_HASH_KEY_STRING);

    if (cell == NULL)
        return;
    apr_hash_set(shop->snis, cell->id, APR_HASH_KEY_STRING, NULL);
    free(cell->name);
    free(cell->certificate_id);
    free(cell);
}

void gw_shop_put_sni(gw_workshop *shop, const json_t *row)
{
    const char *id = gw_json_text(row, "id"), *name = gw_json_text(row, "name");
    const char *certificate_id = gw_json_foreign_id(row, "certificate");
    gw_sni_cell *cell;

    if (id == NULL)
        return;
    gw_shop_remove_sni(shop, id);
    if (name == NULL || certificate_id == NULL)
        return;
    cell = make_cell(sizeof(*cell), offsetof(gw_sni_cell, id), id);
    cell->name = gw_must(strdup(name));
    cell->certificate_id = gw_must(strdup(certificate_id));
    apr_hash_set(shop->snis, cell->id, APR_HASH_KEY_STRING, cell);
}

/* ---- authorities ---- */

void gw_shop_remove_authority(gw_workshop *shop, const char *id)
{
    gw_authority_cell *cell = apr_hash_get(shop->authorities, id, APR_HASH_KEY_STRING);

    if (cell == NULL)
        return;
    apr_hash_set(shop->authorities, cell->id, APR_HASH_KEY_STRING, NULL);
    X509_free(cell->certificate);
    free(cell);
}

/* One that has expired stays: the verification of what it has signed says so. */
void gw_shop_put_authority(gw_workshop *shop, const json_t *row)
{
    const char *id = gw_json_text(row, "id");
    const json_t *cert = json_object_get(row, "cert");
    STACK_OF(X509) *chain = NULL;
    X509 *certificate = NULL;
    gw_authority_cell *cell;

    if (id == NULL)
        return;
    gw_shop_remove_authority(shop, id);
    if (!json_is_string(cert) ||
        gw_pem_read_certificates(&certificate, &chain, json_string_value(cert), json_string_length(cert)) != NULL)
        return;
    sk_X509_pop_free(chain, X509_free);
    cell = make_cell(sizeof(*cell), offsetof(gw_authority_cell, id), id);
    cell->certificate = certificate;
    gw_pem_digest(cell->digest, certificate);
    apr_hash_set(shop->authorities, cell->id, APR_HASH_KEY_STRING, cell);
}

/* ---- linking ---- */

static void check_certificates(const gw_workshop *shop, gw_warn_fn *warn, void *baton)
{
    apr_hash_index_t *at;

    for (at = apr_hash_first(NULL, shop->certificates); at != NULL; at = apr_hash_next(at)) {
        const gw_certificate_cell *cell = apr_hash_this_val(at);

        if (cell->certificate->problem != NULL)
            warn(baton, "certificate-not-usable", "certificates", cell->id, cell->certificate->problem);
    }
}

static void link_name(gw_snapshot *snapshot, const gw_sni_cell *cell, gw_certificate *certificate)
{
    gw_word word = { gw_arena_strdup(snapshot->arena, cell->name), 0, 0, 0 };

    word.len = (apr_uint32_t)strlen(word.text);
    word.hash = gw_hash_text(word.text, word.len);
    gw_table_slot(&snapshot->certificates, &word)->value = certificate;
}

void gw_shop_link_names(gw_workshop *shop, gw_snapshot *snapshot, gw_warn_fn *warn, void *baton)
{
    const unsigned n = apr_hash_count(shop->snis);
    apr_hash_index_t *at;

    check_certificates(shop, warn, baton);
    if (n == 0)
        return;
    gw_table_init(&snapshot->certificates, n, snapshot->arena);
    snapshot->has_certificates = 1;
    for (at = apr_hash_first(NULL, shop->snis); at != NULL; at = apr_hash_next(at)) {
        const gw_sni_cell *sni = apr_hash_this_val(at);
        const gw_certificate_cell *cell = apr_hash_get(shop->certificates, sni->certificate_id, APR_HASH_KEY_STRING);

        if (!gw_sni_can_match(sni->name))
            warn(baton, "sni-never-matches", "snis", sni->id,
                 "a wildcard stands for a whole label: no name matches this one");
        if (cell != NULL && cell->certificate->problem == NULL)
            link_name(snapshot, sni, cell->certificate);
    }
}
