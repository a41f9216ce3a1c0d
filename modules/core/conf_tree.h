/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_tree.h - looking for other modules' directives in httpd's configuration tree. Startup only.
 */
#ifndef GW_CORE_CONF_TREE_H
#define GW_CORE_CONF_TREE_H

#include <apr_pools.h>

/* The words after the last line of that directive, anywhere; NULL when there is none. Borrowed from httpd. */
const char *gw_conf_tree_find(const char *directive);

#endif
