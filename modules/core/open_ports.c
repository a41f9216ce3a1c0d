/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_ports.c - the sockets on which this server takes requests and routes them, for people who want to send one.
 */
#include "gw_admin_api.h"

#include <ap_listen.h>
#include <http_config.h>
#include <http_main.h>

#include "conf.h"
#include "conf_tree.h"
#include "hooks.h"

extern module AP_MODULE_DECLARE_DATA gw_module;

static int has_port(const server_rec *s, apr_port_t port)
{
    const server_addr_rec *address;

    for (address = s->addrs; address != NULL; address = address->next)
        if (address->host_port == port || address->host_port == 0)
            return 1;
    return 0;
}

/* Who routes what arrives there: a virtual host, or the main server where none has the port; NULL = nobody. */
static const server_rec *find_router(apr_port_t port)
{
    const server_rec *s;
    int has_host = 0;

    for (s = ap_server_conf->next; s != NULL; s = s->next) {
        if (!has_port(s, port))
            continue;
        has_host = 1;
        if (gw_conf_server(s)->router != GW_ROUTER_OFF)
            return s;
    }
    return !has_host && gw_conf_server(ap_server_conf)->router != GW_ROUTER_OFF ? ap_server_conf : NULL;
}

/* mod_ssl keeps it to itself; httpd forgets the tree before it serves. */
static int hook_learn_tls(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog, (void)ptemp;
    for (; s != NULL; s = s->next) {
        gw_server_conf *conf = ap_get_module_config(s->module_config, &gw_module);
        const char *engine = gw_conf_tree_find_for(s, "SSLEngine");

        conf->has_tls = engine != NULL && strcasecmp(engine, "off") != 0 && strcasecmp(engine, "optional") != 0;
    }
    return OK;
}

void gw_open_ports_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_post_config(hook_learn_tls, NULL, NULL, APR_HOOK_MIDDLE);
}

json_t *gw_admin_listeners(void)
{
    json_t *list = json_array();
    const ap_listen_rec *l;

    for (l = ap_listeners; l != NULL; l = l->next) {
        const apr_sockaddr_t *address = l->bind_addr;
        const server_rec *s = address != NULL && l->active ? find_router(address->port) : NULL;
        char *ip = NULL;

        if (s != NULL && apr_sockaddr_ip_get(&ip, (apr_sockaddr_t *)address) == APR_SUCCESS)
            json_array_append_new(list, json_pack("{s:s, s:i, s:b}", "ip", ip, "port", (int)address->port, "ssl",
                                                  gw_conf_server(s)->has_tls));
    }
    return list;
}
