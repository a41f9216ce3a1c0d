/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw.c - the gateway's module record: its configuration, its directives, and who hooks what.
 * Each file hooks httpd's phases itself (hooks.h); the order inside a phase follows GW_ORDER in mod_gw.h.
 */
#include "conf.h"
#include "coherence.h"
#include "hooks.h"

static void register_hooks(apr_pool_t *p)
{
    gw_registry_register(p);  /* first: other modules register with us */
    gw_start_register(p);     /* pre_config, post_config, child life */
    gw_coherence_register(p); /* store, snapshots, caches */
    gw_tls_register(p);       /* mod_ssl's handshakes */
    gw_framing_register(p);   /* post_read_request */
    gw_match_register(p);     /* pre_translate .. post_perdir_config */
    gw_auth_register(p);      /* force_authn, check_authn, authz, fixups */
    gw_require_register(p);
    gw_body_register(p);
    gw_proxy_register(p);     /* access, proxy's hooks */
    gw_reply_register(p);     /* insert_error_filter */
    gw_headers_register(p);   /* insert_filter */
    gw_log_register(p);
    gw_admin_register(p);
    gw_open_ports_register(p);
    gw_explain_register(p);
}

GW_MODULE gw_module = {
    STANDARD20_MODULE_STUFF,
    gw_conf_create_dir,
    gw_conf_merge_dir,
    gw_conf_create_server,
    gw_conf_merge_server,
    gw_commands,
    register_hooks,
    0
};
