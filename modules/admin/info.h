/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info.h - the endpoints that tell about the server instead of about rows.
 */
#ifndef GW_ADMIN_INFO_H
#define GW_ADMIN_INFO_H

#include "admin_call.h"

/* The table of them, for gw_path_find. Those that need a database are run with call->db NULL while it is away. */
extern const gw_info_path gw_info_paths[];

/* ---- the endpoints, by file; each returns the status of the answer in call ---- */
int gw_info_root(admin_call *call);                   /* info_root.c: / */
int gw_info_enabled_plugins(admin_call *call);        /* info_root.c */
int gw_info_status(admin_call *call);                 /* info_status.c */
int gw_info_entity_schema(admin_call *call);          /* info_schema.c */
int gw_info_plugin_schema(admin_call *call);          /* info_schema.c */
int gw_info_plugin_config_schema(admin_call *call);   /* info_schema.c */
int gw_info_validate(admin_call *call);               /* info_schema.c */
int gw_info_audit(admin_call *call);                  /* info_audit.c */
int gw_info_openapi(admin_call *call, const gw_info_path *infos); /* info_openapi.c: /openapi.json, with these paths */
int gw_info_explain(admin_call *call);                /* info_explain.c: /debug/explain */
int gw_info_search(admin_call *call);                 /* info_search.c */
int gw_info_config(admin_call *call);                 /* info_config.c: /config */
int gw_info_export(admin_call *call);                 /* info_config.c: /declarative/export */
int gw_info_diff(admin_call *call);                   /* info_declarative.c */
int gw_info_apply(admin_call *call);                  /* info_declarative.c */
int gw_info_migrations(admin_call *call);             /* info_declarative.c */
int gw_info_tags(admin_call *call);                   /* info_tags.c: /tags */
int gw_info_tag(admin_call *call);                    /* info_tags.c: /tags/{tag} */
/* info_upstreams.c: below /upstreams/{upstreams} */
int gw_info_upstream_health(admin_call *call);        /* health */
int gw_info_all_targets(admin_call *call);            /* targets/all */
int gw_info_target_healthy(admin_call *call);         /* targets/{targets}/healthy, ... */
int gw_info_target_unhealthy(admin_call *call);
int gw_info_address_healthy(admin_call *call);        /* targets/{targets}/{address}/healthy, ... */
int gw_info_address_unhealthy(admin_call *call);

#endif
