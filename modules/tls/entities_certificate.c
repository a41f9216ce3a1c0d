/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_certificate.c - the schemas of certificates, which have a key, and of the names that they are served for.
 */
#include "tls_entities.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "pem_read.h"
#include "sni_name.h"

/* ---- fields ---- */

const char *gw_check_certificate(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    STACK_OF(X509) *chain = NULL;
    X509 *leaf = NULL;
    const char *why = gw_pem_read_certificates(&leaf, &chain, json_string_value(value), json_string_length(value));

    (void)field, (void)p;
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    return why;
}

static const char *check_key(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    EVP_PKEY *key = NULL;
    const char *why = gw_pem_read_key(&key, json_string_value(value), json_string_length(value));

    (void)field, (void)p;
    EVP_PKEY_free(key);
    return why;
}

static const char *check_names(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    apr_hash_t *seen = apr_hash_make(p);
    size_t i;

    (void)field;
    for (i = 0; i < json_array_size(value); i++) {
        const char *name = gw_sni_normal(json_string_value(json_array_get(value, i)), p);

        if (apr_hash_get(seen, name, APR_HASH_KEY_STRING) != NULL)
            return apr_psprintf(p, "%s is duplicated", name);
        apr_hash_set(seen, name, APR_HASH_KEY_STRING, name);
    }
    return NULL;
}

static const gw_field name_element = { .type = GW_T_STRING, .check = gw_check_sni_pattern };

static const gw_field fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "cert", .type = GW_T_STRING, .flags = GW_REQUIRED, .len_max = GW_PEM_MAX_BYTES,
      .check = gw_check_certificate, .help = "the certificate, PEM; those that lead to its authority may follow" },
    { .name = "key", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_SECRET, .len_max = GW_PEM_MAX_BYTES,
      .check = check_key, .help = "its private key, PEM, without passphrase" },
    { .name = "cert_alt", .type = GW_T_STRING, .len_max = GW_PEM_MAX_BYTES, .check = gw_check_certificate,
      .help = "a second one, with another kind of key (ECDSA beside RSA): clients get the one that they know" },
    { .name = "key_alt", .type = GW_T_STRING, .flags = GW_SECRET, .len_max = GW_PEM_MAX_BYTES, .check = check_key,
      .help = "the second one's key" },
    GW_FIELD_TAGS,
    { .name = "snis", .type = GW_T_ARRAY, .flags = GW_CHILDREN | GW_COMMA_LIST, .reference = "snis",
      .element = &name_element, .check = check_names,
      .help = "the names that it is served for: rows of snis, written with it; null = leave them as they are" },
    { .name = NULL }
};

/* ---- both halves ---- */

static int is_pair(const json_t *cert, const json_t *key)
{
    STACK_OF(X509) *chain = NULL;
    X509 *leaf = NULL;
    EVP_PKEY *read = NULL;
    int is_good = gw_pem_read_certificates(&leaf, &chain, json_string_value(cert), json_string_length(cert)) == NULL &&
                  gw_pem_read_key(&read, json_string_value(key), json_string_length(key)) == NULL &&
                  gw_pem_is_pair(leaf, read);

    EVP_PKEY_free(read);
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    return is_good;
}

static void check_pair(const json_t *row, gw_errors *errors, apr_pool_t *p)
{
    (void)p;
    if (!is_pair(json_object_get(row, "cert"), json_object_get(row, "key")))
        gw_errors_entity(errors, "certificate does not match key");
}

static void check_pair_alt(const json_t *row, gw_errors *errors, apr_pool_t *p)
{
    const json_t *cert = json_object_get(row, "cert_alt"), *key = json_object_get(row, "key_alt");

    (void)p;
    if (json_is_string(cert) && json_is_string(key) && !is_pair(cert, key))
        gw_errors_entity(errors, "alternative certificate does not match key");
}

static int kind_of_key(const json_t *cert)
{
    STACK_OF(X509) *chain = NULL;
    X509 *leaf = NULL;
    int kind = -1;

    if (gw_pem_read_certificates(&leaf, &chain, json_string_value(cert), json_string_length(cert)) == NULL)
        kind = EVP_PKEY_get_base_id(X509_get0_pubkey(leaf));
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    return kind;
}

static void check_kinds(const json_t *row, gw_errors *errors, apr_pool_t *p)
{
    const json_t *cert = json_object_get(row, "cert"), *cert_alt = json_object_get(row, "cert_alt");

    (void)p;
    if (json_is_string(cert_alt) && kind_of_key(cert) == kind_of_key(cert_alt))
        gw_errors_entity(errors, "certificate and alternative certificate need to have different type (e.g. RSA and "
                                 "ECDSA), the provided certificates were both of the same type");
}

static const gw_rule rules[] = {
    { .kind = GW_MUTUALLY_REQUIRED, .fields = { "cert_alt", "key_alt" } },
    { .kind = GW_CUSTOM, .fields = { "cert", "key" }, .check = check_pair },
    { .kind = GW_CUSTOM, .fields = { "cert_alt", "key_alt" }, .check = check_pair_alt },
    { .kind = GW_CUSTOM, .fields = { "cert", "cert_alt" }, .check = check_kinds },
    { .fields = { NULL } }
};

static const gw_schema schema = {
    .name = "certificates", .fields = fields, .rules = rules,
    .help = "certificates with their keys: served to clients by name, shown to upstreams"
};

const gw_entity gw_entity_certificates = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "certificates",
    .path = "/certificates",
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
};

/* ---- names ---- */

/* Upper case and a final dot are the same name. */
static const char *expand_name(json_t *entity, const json_t *value, apr_pool_t *p)
{
    const char *name = json_string_value(value);

    if (name != NULL)
        json_object_set_new(entity, "name", json_string(gw_sni_normal(name, p)));
    else
        json_object_set(entity, "name", (json_t *)value);
    return NULL;
}

static const gw_field sni_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "name", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_UNIQUE, .check = gw_check_sni_pattern,
      .help = "what clients ask for; one * may stand for the first or the last label, or alone for all names" },
    GW_FIELD_TAGS,
    { .name = "certificate", .type = GW_T_FOREIGN, .flags = GW_REQUIRED | GW_CASCADE | GW_NO_LINK,
      .reference = "certificates", .help = "what they get" },
    { .name = NULL }
};

static const gw_shorthand sni_shorthands[] = {
    { .field = { .name = "name", .type = GW_T_STRING, .help = "kept in lower case" }, .expand = expand_name },
    { .field = { .name = NULL } }
};

static const gw_schema sni_schema = {
    .name = "snis", .fields = sni_fields, .shorthands = sni_shorthands,
    .help = "names that clients ask for in the TLS handshake, and the certificates that they get"
};

const gw_entity gw_entity_snis = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "snis",
    .path = "/snis",
    .nested = "snis",
    .endpoint_key = "name",
    .owner = "core",
    .schema = &sni_schema,
    .placement = GW_IN_SNAPSHOT,
};
