/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_tree.c - httpd keeps what it has read as a tree; what other modules made of it is private to them.
 */
#include "conf_tree.h"

#include <httpd.h>
#include <http_config.h>
#include <string.h>

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

/* ---- of one server ---- */

/* Its section, which it remembers by file and line. */
static const ap_directive_t *find_host(const ap_directive_t *node, const server_rec *s)
{
    const ap_directive_t *found = NULL;

    for (; node != NULL && found == NULL; node = node->next) {
        if (strcasecmp(node->directive, "<VirtualHost") != 0)
            found = find_host(node->first_child, s);
        else if (node->line_num == (int)s->defn_line_number && strcmp(node->filename, s->defn_name) == 0)
            found = node;
    }
    return found;
}

static const char *find_outside(const ap_directive_t *node, const char *directive)
{
    const char *found = NULL;

    for (; node != NULL; node = node->next) {
        const int is_host = strcasecmp(node->directive, "<VirtualHost") == 0;
        const char *inner = is_host ? NULL : find_outside(node->first_child, directive);

        if (inner != NULL)
            found = inner;
        if (strcasecmp(node->directive, directive) == 0)
            found = node->args != NULL ? node->args : "";
    }
    return found;
}

const char *gw_conf_tree_find_for(const server_rec *s, const char *directive)
{
    const ap_directive_t *host = s->is_virtual && s->defn_name != NULL ? find_host(ap_conftree, s) : NULL;
    const char *found = host != NULL ? find_below(host->first_child, directive) : NULL;

    return found != NULL ? found : find_outside(ap_conftree, directive);
}
