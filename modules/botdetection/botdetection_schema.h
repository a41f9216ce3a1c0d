/* SPDX-License-Identifier: Apache-2.0 */
/*
 * botdetection_schema.h - what may be configured for bot-detection, and the struct it compiles to. Pure.
 */
#ifndef GW_BOTDETECTION_SCHEMA_H
#define GW_BOTDETECTION_SCHEMA_H

#include "bot_agents.h"
#include "gw_entity.h"
#include "pattern.h"

/* The plugin's config; arena-owned but for the regexes, read-only after `prepare`. */
typedef struct gw_botdetection_conf {
    gw_strings allow, deny;
    gw_pattern **allowed, **denied; /* made by gw_botdetection_conf_prepare */
} gw_botdetection_conf;

extern const gw_schema gw_botdetection_conf_schema;

/* `prepare` and `destroy` of gw_plugin. */
const char *gw_botdetection_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);
void gw_botdetection_conf_destroy(void *conf);

/* 1 when this User-Agent may pass: it is allowed, or neither denied nor one of the bots. */
int gw_botdetection_admits(const gw_botdetection_conf *conf, const gw_bot_agents *bots, const char *agent);

#endif
