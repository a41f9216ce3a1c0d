/* SPDX-License-Identifier: Apache-2.0 */
/* acl_schema.c - what may be configured and stored for acl, once. */
#include "acl_schema.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

static const gw_field group = { .type = GW_T_STRING };

#define CONF(member) .at = GW_AT(gw_acl_conf, member)

static const gw_field conf_fields[] = {
    { .name = "allow", .type = GW_T_ARRAY, .element = &group, .flags = GW_COMMA_LIST, CONF(allow),
      .help = "groups whose members may pass; all others may not" },
    { .name = "deny", .type = GW_T_ARRAY, .element = &group, .flags = GW_COMMA_LIST, CONF(deny),
      .help = "groups whose members may not pass; all others may" },
    { .name = "hide_groups_header", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false",
      CONF(hide_groups_header), .help = "do not tell the upstream the groups" },
    { .name = NULL }
};

static const gw_rule conf_rules[] = {
    { .kind = GW_ONLY_ONE_OF, .fields = { "config.allow", "config.deny" } },
    { .kind = GW_AT_LEAST_ONE_OF, .fields = { "config.allow", "config.deny" } },
    { .fields = { NULL } }
};

static const gw_shorthand conf_shorthands[] = {
    { .field = { .name = "whitelist", .type = GW_T_ARRAY, .element = &group, .flags = GW_COMMA_LIST,
                 .help = "old name of allow" }, .target = "allow" },
    { .field = { .name = "blacklist", .type = GW_T_ARRAY, .element = &group, .flags = GW_COMMA_LIST,
                 .help = "old name of deny" }, .target = "deny" },
    { .field = { .name = NULL } }
};

const gw_schema gw_acl_conf_schema = {
    .name = "acl", .fields = conf_fields, .rules = conf_rules, .shorthands = conf_shorthands,
    .help = "which groups of consumers may pass"
};

static const gw_field group_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_REQUIRED | GW_CASCADE,
      .help = "who is a member" },
    { .name = "group", .type = GW_T_STRING, .flags = GW_REQUIRED, .at = GW_AT(gw_acl_group, name),
      .help = "of this group" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

const gw_schema gw_acl_group_schema = { .name = "acls", .fields = group_fields, .help = "groups of consumers" };

static int cmp_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(gw_strings *list, gw_arena *arena)
{
    const char **sorted;

    if (list->n == 0)
        return;
    sorted = gw_arena_alloc(arena, (size_t)list->n * sizeof(*sorted));
    memcpy(sorted, list->v, (size_t)list->n * sizeof(*sorted));
    qsort(sorted, (size_t)list->n, sizeof(*sorted), cmp_names);
    list->v = sorted;
}

const char *gw_acl_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_acl_conf *conf = vconf;

    (void)ptemp;
    sort(&conf->allow, arena);
    sort(&conf->deny, arena);
    return NULL;
}
