/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - what each file of core that hooks httpd offers to mod_gw.c's table of contents.
 * All are called once in register_hooks (startup, one thread).
 */
#ifndef GW_CORE_HOOKS_H
#define GW_CORE_HOOKS_H

#include <httpd.h>

void gw_registry_register(apr_pool_t *p); /* registry.c: the registries begin anew */
void gw_start_register(apr_pool_t *p);    /* start.c: checks and life cycle */
void gw_framing_register(apr_pool_t *p);  /* framing.c: what can be read in two ways */
void gw_match_register(apr_pool_t *p);    /* match.c: which route */
void gw_auth_register(apr_pool_t *p);     /* auth.c: who asks, decided in httpd's phases */
void gw_require_register(apr_pool_t *p);  /* require.c: Require gw-consumer */
void gw_reply_register(apr_pool_t *p);    /* reply.c: what is answered */
void gw_headers_register(apr_pool_t *p);  /* response_headers.c: what answers carry */
void gw_log_register(apr_pool_t *p);      /* log.c: values for LogFormat */
void gw_explain_register(apr_pool_t *p);  /* explain_request.c: requests that are only tried out */
void gw_admin_register(apr_pool_t *p);    /* admin_api.c: what mod_gw_admin sees */
void gw_open_ports_register(apr_pool_t *p); /* open_ports.c: where requests are taken */
void gw_body_register(apr_pool_t *p);     /* body.c */
void gw_proxy_register(apr_pool_t *p);    /* proxy.c: towards the upstream */
void gw_tls_register(apr_pool_t *p);      /* tls_serve.c: certificates by name */

#endif
