/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_rows.h - the level of a path and of a user: from the rows of our own tables, cached until they change, or from
 * whatever tables the user's own queries name, cached for a moment.
 */
#ifndef GW_URLAUTH_ROWS_H
#define GW_URLAUTH_ROWS_H

#include <httpd.h>
#include <http_config.h>

#include "urlauth_schema.h"

extern const gw_entity gw_login_user_entity;
extern const gw_entity gw_api_mgr_entity;

/* pre_config: back to our own tables. */
void gw_url_rows_reset(void);
/* Setter of GwUrlAuthApiQuery and GwUrlAuthUserQuery (`which` in cmd->info) and of GwUrlAuthQueryTTL. */
extern const char gw_url_api_query, gw_url_user_query;
const char *gw_url_rows_set_query(cmd_parms *cmd, void *dummy, const char *sql);
const char *gw_url_rows_set_ttl(cmd_parms *cmd, void *dummy, const char *seconds);
/* child_init; `p` lives as long as the process. */
void gw_url_rows_child_init(apr_pool_t *p);

/* APR_SUCCESS, APR_NOTFOUND: there is no such row; anything else: it cannot be known now. */
apr_status_t gw_url_api_level(apr_int64_t *level, request_rec *r, const char *sign);
apr_status_t gw_url_user_level(apr_int64_t *level, request_rec *r, const char *phone);

#endif
