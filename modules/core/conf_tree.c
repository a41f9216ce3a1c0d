/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_tree.c - httpd keeps what it has read as a tree; what other modules made of it is private to them.
 */
#include "conf_tree.h"

#include <httpd.h>
#include <http_config.h>

static const char *find_below(const ap_directive_t *node, const char *directive)
{
    const char *found = NULL;

    for (; node; node = node->next) {
        const char *inner = node->first_child ? find_below(node->first_child, directive) : NULL;

        if (inner)
            found = inner;
        if (strcasecmp(node->directive, directive) == 0)
            found = node->args ? node->args : "";
    }
    return found;
}

int gw_conf_tree_has(const ap_directive_t *section, const char *directive, const char *but)
{
    const ap_directive_t *node;

    for (node = section ? section->first_child : NULL; node; node = node->next)
        if (gw_conf_tree_has(node, directive, but)
            || (strcasecmp(node->directive, directive) == 0
                && (node->args == NULL || strcasecmp(node->args, but) != 0)))
            return 1;
    return 0;
}

const char *gw_conf_tree_find(const char *directive)
{
    return find_below(ap_conftree, directive);
}
