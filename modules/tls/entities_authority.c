/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_authority.c - the schema of ca_certificates: authorities that upstreams' certificates are judged by.
 */
#include "tls_entities.h"

#include "pem_read.h"

static const gw_field fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "cert", .type = GW_T_STRING, .flags = GW_REQUIRED, .len_max = GW_PEM_MAX_BYTES,
      .check = gw_check_certificate, .help = "the authority's certificate, PEM; one, and not past its time" },
    { .name = "cert_digest", .type = GW_T_STRING, .flags = GW_UNIQUE,
      .help = "SHA-256 of the certificate, hex; made from it" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

static void check_authority(const json_t *row, gw_errors *errors, apr_pool_t *p)
{
    const json_t *cert = json_object_get(row, "cert");
    const char *why = gw_pem_check_authority(json_string_value(cert), json_string_length(cert));

    (void)p;
    if (why != NULL)
        gw_errors_entity(errors, why);
}

static const gw_rule rules[] = {
    { .kind = GW_CUSTOM, .fields = { "cert" }, .check = check_authority },
    { .fields = { NULL } }
};

/* The digest is the certificate's, whatever a client says. */
static const gw_error *write_digest(json_t *row, const json_t *old, apr_pool_t *p)
{
    const json_t *cert = json_object_get(row, "cert");
    STACK_OF(X509) *chain = NULL;
    X509 *leaf = NULL;
    char digest[65];

    (void)old, (void)p;
    if (!json_is_string(cert) ||
        gw_pem_read_certificates(&leaf, &chain, json_string_value(cert), json_string_length(cert)) != NULL)
        return NULL; /* deleted, or the schema's business */
    gw_pem_digest(digest, leaf);
    json_object_set_new(row, "cert_digest", json_string(digest));
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    return NULL;
}

static const gw_schema schema = {
    .name = "ca_certificates", .fields = fields, .rules = rules,
    .help = "authorities that services trust when they look at their upstream's certificate"
};

const gw_entity gw_entity_ca_certificates = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "ca_certificates",
    .path = "/ca_certificates",
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
    .on_write = write_digest,
};
