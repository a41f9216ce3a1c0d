/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_read.c - a document from its top to its verdict.
 */
#include "decl_impl.h"

#include "schema.h"

static apr_status_t drop_tree(void *decl)
{
    json_decref(((gw_decl *)decl)->tree);
    return APR_SUCCESS;
}

const gw_error *gw_decl_read(gw_decl **pdecl, const json_t *document, gw_decl_find_fn *find, void *baton,
                             apr_time_t now, apr_pool_t *p)
{
    gw_decl *decl = apr_pcalloc(p, sizeof(*decl));

    *pdecl = decl;
    decl->p = p;
    decl->document = document;
    decl->now = now;
    decl->transforms = 1;
    decl->find = find;
    decl->baton = baton;
    decl->found = apr_hash_make(p);
    decl->tree = json_object();
    decl->warnings = apr_array_make(p, 2, sizeof(const char *));
    apr_pool_cleanup_register(p, decl, drop_tree, apr_pool_cleanup_null);
    if (!json_is_object(document)) {
        json_object_set_new(decl->tree, "error",
                            json_string("failed parsing declarative configuration: expected an object"));
        return decl_error(decl);
    }
    decl_gather(decl);
    decl_resolve(decl);
    decl_check(decl);
    return decl_is_bad(decl) ? decl_error(decl) : NULL;
}

apr_status_t gw_decl_find_status(const gw_decl *decl)
{
    return decl->find_rv;
}

const apr_array_header_t *gw_decl_warnings(const gw_decl *decl)
{
    return decl->warnings;
}

void gw_decl_each(const gw_decl *decl, void (*visit)(void *baton, const gw_entity *entity, json_t *row), void *baton)
{
    const decl_entry *entry;
    const decl_set *set;

    for (set = decl->sets; set != NULL; set = set->next)
        for (entry = set->first; entry != NULL; entry = entry->next)
            visit(baton, set->entity, entry->row);
}
