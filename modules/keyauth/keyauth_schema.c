/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_schema.c - what may be configured and stored for key-auth, once.
 */
#include "keyauth_schema.h"

#include <string.h>
#include <apr_strings.h>

#include "arena.h"
#include "text.h"

static const gw_field header_name = { .type = GW_T_STRING, .check = gw_check_header_name };

#define CONF(member) .at = GW_AT(gw_keyauth_conf, member)

static const gw_field conf_fields[] = {
    { .name = "key_names", .type = GW_T_ARRAY, .element = &header_name, .dflt = "[\"apikey\"]",
      .flags = GW_REQUIRED | GW_COMMA_LIST, CONF(key_names),
      .help = "headers, query parameters or body fields that may carry the key; the first with a value wins" },
    { .name = "hide_credentials", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(hide_credentials),
      .help = "do not send the key to the upstream" },
    { .name = "anonymous", .type = GW_T_STRING, CONF(anonymous),
      .help = "id or username of the consumer that asks when authentication fails" },
    { .name = "key_in_header", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true", CONF(key_in_header),
      .help = "look for the key in headers" },
    { .name = "key_in_query", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true", CONF(key_in_query),
      .help = "look for the key in the query string" },
    { .name = "key_in_body", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(key_in_body),
      .help = "look for the key in form, multipart and JSON bodies of at most 1 MiB" },
    { .name = "run_on_preflight", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true", CONF(run_on_preflight),
      .help = "ask OPTIONS requests for a key too" },
    { .name = "key_in_authorization", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false",
      CONF(key_in_authorization), .help = "accept \"Authorization: Bearer KEY\" as well, after all names" },
    { .name = "realm", .type = GW_T_STRING, .dflt = "\"service\"", .check = gw_check_one_line, CONF(realm),
      .help = "realm of the WWW-Authenticate challenge" },
    { .name = NULL }
};

const gw_schema gw_keyauth_conf_schema = {
    .name = "key-auth", .fields = conf_fields, .help = "keys in a header, the query string or the body"
};

static const gw_field credential_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_REQUIRED | GW_CASCADE,
      .help = "whose key it is" },
    { .name = "key", .type = GW_T_STRING, .flags = GW_AUTO | GW_UNIQUE | GW_SECRET, .generate = gw_generate_key,
      .at = GW_AT(gw_keyauth_credential, key), .help = "the key; compared byte for byte" },
    { .name = "ttl", .type = GW_T_INTEGER, GW_BETWEEN(0, 100000000),
      .help = "seconds until it ends; shown as what remains; 0 or none = never" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

const gw_schema gw_keyauth_credential_schema = {
    .name = "keyauth_credentials", .fields = credential_fields, .help = "keys of consumers"
};

const char *gw_keyauth_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_keyauth_conf *conf = vconf;
    const char *realm = gw_quoted_string(conf->realm != NULL ? conf->realm : "service", ptemp);

    conf->challenge = gw_arena_strdup(arena, apr_pstrcat(ptemp, "Key realm=", realm, NULL));
    return NULL;
}
