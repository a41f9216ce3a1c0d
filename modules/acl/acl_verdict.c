/* SPDX-License-Identifier: Apache-2.0 */
/* acl_verdict.c - see acl_verdict.h. */
#include "acl_verdict.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <apr_tables.h>

static const char *name_of(const gw_acl_asker *asker, int i)
{
    return ((const gw_acl_group *)asker->groups[i])->name;
}

static int cmp_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int is_any_in(const gw_acl_asker *asker, const gw_strings *sorted)
{
    for (int i = 0; i < asker->ngroups && sorted->n > 0; i++) {
        const char *name = name_of(asker, i);

        if (bsearch(&name, sorted->v, (size_t)sorted->n, sizeof(*sorted->v), cmp_names) != NULL)
            return 1;
    }
    return 0;
}

gw_acl_verdict gw_acl_judge(const gw_acl_conf *conf, const gw_acl_asker *asker)
{
    const gw_acl_verdict refusal = asker->has_credential ? GW_ACL_FORBIDDEN : GW_ACL_UNKNOWN;

    if (!asker->has_consumer)
        return refusal;
    if (conf->allow.n == 0)
        return is_any_in(asker, &conf->deny) ? GW_ACL_FORBIDDEN : GW_ACL_PASS;
    if (asker->ngroups == 0)
        return refusal;
    return is_any_in(asker, &conf->allow) ? GW_ACL_PASS : GW_ACL_FORBIDDEN;
}

const char *gw_acl_groups_format(const gw_acl_asker *asker, apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, 2 * asker->ngroups + 1, sizeof(const char *));

    for (int i = 0; i < asker->ngroups; i++) {
        if (i > 0)
            APR_ARRAY_PUSH(parts, const char *) = ", ";
        APR_ARRAY_PUSH(parts, const char *) = name_of(asker, i);
    }
    return asker->ngroups > 0 ? apr_array_pstrcat(p, parts, '\0') : NULL;
}

int gw_acl_is_member(const gw_acl_asker *asker, const char *name)
{
    for (int i = 0; i < asker->ngroups; i++)
        if (strcmp(name_of(asker, i), name) == 0)
            return 1;
    return 0;
}
