/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_tree.h - looking for other modules' directives in httpd's configuration tree. Startup only.
 */
#ifndef GW_CORE_CONF_TREE_H
#define GW_CORE_CONF_TREE_H

#include <httpd.h>
#include <http_config.h>

/* The words after the last line of that directive, anywhere; NULL when there is none. Borrowed from httpd. */
const char *gw_conf_tree_find(const char *directive);
/* The same for one server: in its own <VirtualHost>, else outside of all of them. */
const char *gw_conf_tree_find_for(const server_rec *s, const char *directive);
/* 1 when this section has such a directive in it, however deep, with other words than `but`. */
int gw_conf_tree_has(const ap_directive_t *section, const char *directive, const char *but);

#endif
