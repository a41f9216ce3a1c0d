/* SPDX-License-Identifier: Apache-2.0 */
/*
 * declarative_fixture.h - core's entities, two credentials and a plugin, registered: what declarative texts are about.
 */
#ifndef GW_T_DECLARATIVE_FIXTURE_H
#define GW_T_DECLARATIVE_FIXTURE_H

#include "declarative.h"
#include "entities.h"
#include "keyauth_schema.h"

#include <string.h>

static const char *const credential_identity[] = { "consumer", "key", NULL };

static const gw_entity fixture_credentials = {
    .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "keyauth_credentials", .endpoint_key = "key",
    .owner = "keyauth", .schema = &gw_keyauth_credential_schema, .has_ttl = 1,
};

static const gw_field group_fields[] = {
    GW_FIELD_ID,
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_REQUIRED | GW_CASCADE },
    { .name = "key", .type = GW_T_STRING, .flags = GW_REQUIRED },
    { .name = NULL }
};
static const gw_schema group_schema = { .name = "groups", .fields = group_fields };
static const gw_entity fixture_groups = {
    .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "groups", .owner = "core", .schema = &group_schema,
    .identity = credential_identity,
};

static const gw_plugin fixture_key_auth = {
    .name = "key-auth", .schema = &gw_keyauth_conf_schema, .conf_size = sizeof(gw_keyauth_conf),
    .prepare = gw_keyauth_conf_prepare,
};

static const gw_plugin *fixture_find(const char *name)
{
    return strcmp(name, "key-auth") == 0 ? &fixture_key_auth : NULL;
}

static void fixture_register(apr_pool_t *p)
{
    int i;

    gw_entities_set_plugins(fixture_find);
    for (i = 0; gw_entities_all[i] != NULL; i++)
        gw_registry_add(gw_entities_all[i], p);
    gw_registry_add(&fixture_credentials, p);
    gw_registry_add(&fixture_groups, p);
}

#endif
