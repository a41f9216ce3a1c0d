/* SPDX-License-Identifier: Apache-2.0 */
/*
 * basicauth_schema.c - what may be configured and stored for basic-auth, once.
 */
#include "basicauth_schema.h"

#include <string.h>
#include <apr_strings.h>

#include "arena.h"
#include "json_row.h"
#include "password.h"
#include "schema.h"
#include "text.h"

#define CONF(member) .at = GW_AT(gw_basicauth_conf, member)

static const gw_field conf_fields[] = {
    { .name = "anonymous", .type = GW_T_STRING, CONF(anonymous),
      .help = "id or username of the consumer that asks when authentication fails" },
    { .name = "hide_credentials", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(hide_credentials),
      .help = "do not send name and password to the upstream" },
    { .name = "realm", .type = GW_T_STRING, .dflt = "\"service\"", .check = gw_check_one_line, CONF(realm),
      .help = "realm of the WWW-Authenticate challenge" },
    { .name = NULL }
};

const gw_schema gw_basicauth_conf_schema = {
    .name = "basic-auth", .fields = conf_fields, .help = "name and password in the Authorization header"
};

static const gw_field credential_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_REQUIRED | GW_CASCADE,
      .help = "whose name it is" },
    { .name = "username", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_UNIQUE, .help = "the name to log in with" },
    { .name = "password", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_SECRET,
      .at = GW_AT(gw_basicauth_credential, password), .help = "its password; kept and shown as a hash of it" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

const gw_schema gw_basicauth_credential_schema = {
    .name = "basicauth_credentials", .fields = credential_fields, .help = "names and passwords of consumers"
};

const char *gw_basicauth_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_basicauth_conf *conf = vconf;
    const char *realm = gw_quoted_string(conf->realm != NULL ? conf->realm : "service", ptemp);

    conf->challenge = gw_arena_strdup(arena, apr_pstrcat(ptemp, "Basic realm=", realm, NULL));
    return NULL;
}

static int is_moved(const json_t *row, const json_t *old)
{
    const char *from = gw_json_foreign_id(old, "consumer");
    const char *to = gw_json_foreign_id(row, "consumer");

    return from != NULL && to != NULL && strcmp(from, to) != 0;
}

const gw_error *gw_basicauth_transform(json_t *row, const json_t *old, apr_pool_t *p)
{
    const char *given = gw_json_text(row, "password"), *kept = gw_json_text(old, "password");
    gw_errors *errors = gw_errors_make(p);
    char hash[GW_PASSWORD_BYTES];

    if (kept != NULL && gw_secure_is_equal(given, strlen(given), kept, strlen(kept))) {
        if (is_moved(row, old))
            gw_errors_entity(errors, "all or none of these fields must be set: 'password', 'consumer.id'");
    } else if (gw_password_hash(hash, given)) {
        json_object_set_new(row, "password", json_string(hash));
    } else {
        gw_errors_field(errors, "password", "cannot be hashed");
    }
    return gw_errors_result(errors);
}
