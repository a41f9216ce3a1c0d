/* SPDX-License-Identifier: Apache-2.0 */
/* botdetection_schema.c - bot-detection's field table and its verdict. */
#include "botdetection_schema.h"

#include <string.h>

#include "arena.h"

static const gw_field regex = { .type = GW_T_STRING, .check = gw_check_regex };

#define CONF(member) .at = GW_AT(gw_botdetection_conf, member)

static const gw_field fields[] = {
    { .name = "allow", .type = GW_T_ARRAY, .element = &regex, .dflt = "[]", CONF(allow),
      .help = "regexes: User-Agents that may pass, whatever else is said" },
    { .name = "deny", .type = GW_T_ARRAY, .element = &regex, .dflt = "[]", CONF(deny),
      .help = "regexes: User-Agents that may not pass, beside those that are known as bots" },
    { .name = NULL }
};

static const gw_shorthand shorthands[] = {
    { .field = { .name = "whitelist", .type = GW_T_ARRAY, .element = &regex, .help = "old name of allow" },
      .target = "allow" },
    { .field = { .name = "blacklist", .type = GW_T_ARRAY, .element = &regex, .help = "old name of deny" },
      .target = "deny" },
    { .field = { .name = NULL } }
};

const gw_schema gw_botdetection_conf_schema = {
    .name = "bot-detection", .fields = fields, .shorthands = shorthands, .help = "programs that are not welcome"
};

static gw_pattern **compile(const gw_strings *list, gw_arena *arena)
{
    gw_pattern **patterns = gw_arena_calloc(arena, ((size_t)list->n + 1) * sizeof(*patterns));

    for (int i = 0; i < list->n; i++)
        patterns[i] = gw_pattern_compile(list->v[i], 0);
    return patterns;
}

const char *gw_botdetection_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_botdetection_conf *conf = vconf;

    (void)ptemp;
    conf->allowed = compile(&conf->allow, arena);
    conf->denied = compile(&conf->deny, arena);
    return NULL;
}

void gw_botdetection_conf_destroy(void *vconf)
{
    gw_botdetection_conf *conf = vconf;

    for (int i = 0; conf->allowed != NULL && i < conf->allow.n; i++)
        gw_pattern_free(conf->allowed[i]);
    for (int i = 0; conf->denied != NULL && i < conf->deny.n; i++)
        gw_pattern_free(conf->denied[i]);
}

int gw_botdetection_admits(const gw_botdetection_conf *conf, const gw_bot_agents *bots, const char *agent)
{
    size_t len = strlen(agent);

    if (gw_pattern_first(conf->allowed, conf->allow.n, agent, len) >= 0)
        return 1;
    return gw_pattern_first(conf->denied, conf->deny.n, agent, len) < 0 && !gw_bot_agents_has(bots, agent, len);
}
