/* SPDX-License-Identifier: Apache-2.0 */
/* iprestriction_schema.c - ip-restriction's field table and its verdict. */
#include "iprestriction_schema.h"

static const gw_field network = { .type = GW_T_STRING, .check = gw_check_ip_or_cidr };

#define CONF(member) .at = GW_AT(gw_iprestriction_conf, member)

static const gw_field fields[] = {
    { .name = "allow", .type = GW_T_ARRAY, .element = &network, .flags = GW_COMMA_LIST, CONF(allow),
      .help = "addresses and networks that may pass; all others may not" },
    { .name = "deny", .type = GW_T_ARRAY, .element = &network, .flags = GW_COMMA_LIST, CONF(deny),
      .help = "addresses and networks that may not, allowed or not" },
    { .name = "status", .type = GW_T_NUMBER, GW_BETWEEN(400, 599), CONF(status),
      .help = "status of the refusal; none = 403" },
    { .name = "message", .type = GW_T_STRING, CONF(message), .help = "sentence of the refusal" },
    { .name = NULL }
};

static const gw_rule rules[] = {
    { .kind = GW_AT_LEAST_ONE_OF, .fields = { "config.allow", "config.deny" } },
    { .fields = { NULL } }
};

static const gw_shorthand shorthands[] = {
    { .field = { .name = "whitelist", .type = GW_T_ARRAY, .element = &network, .flags = GW_COMMA_LIST,
                 .help = "old name of allow" }, .target = "allow" },
    { .field = { .name = "blacklist", .type = GW_T_ARRAY, .element = &network, .flags = GW_COMMA_LIST,
                 .help = "old name of deny" }, .target = "deny" },
    { .field = { .name = NULL } }
};

const gw_schema gw_iprestriction_conf_schema = {
    .name = "ip-restriction", .fields = fields, .rules = rules, .shorthands = shorthands,
    .help = "who may ask, by address"
};

const char *gw_iprestriction_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_iprestriction_conf *conf = vconf;

    (void)ptemp;
    conf->allowed = conf->allow.n > 0 ? gw_ip_set_make(&conf->allow, arena) : NULL;
    conf->denied = conf->deny.n > 0 ? gw_ip_set_make(&conf->deny, arena) : NULL;
    return NULL;
}

int gw_iprestriction_admits(const gw_iprestriction_conf *conf, const gw_ip *ip)
{
    if (conf->denied != NULL && gw_ip_set_has(conf->denied, ip))
        return 0;
    return conf->allowed == NULL || gw_ip_set_has(conf->allowed, ip);
}
