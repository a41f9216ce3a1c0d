/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl_verdict.h - may somebody with these groups pass? Pure.
 */
#ifndef GW_ACL_VERDICT_H
#define GW_ACL_VERDICT_H

#include "acl_schema.h"

typedef enum gw_acl_verdict {
    GW_ACL_PASS,
    GW_ACL_UNKNOWN,  /* nobody has said who asks: 401 */
    GW_ACL_FORBIDDEN /* 403 */
} gw_acl_verdict;

/* Borrowed. */
typedef struct gw_acl_asker {
    int has_consumer, has_credential; /* an anonymous consumer has no credential */
    int ngroups;
    const void *const *groups;        /* of const gw_acl_group * */
} gw_acl_asker;

gw_acl_verdict gw_acl_judge(const gw_acl_conf *conf, const gw_acl_asker *asker);
/* "a, b"; NULL when there are none. In p. */
const char *gw_acl_groups_format(const gw_acl_asker *asker, apr_pool_t *p);
/* 1 when one of the groups has this name. */
int gw_acl_is_member(const gw_acl_asker *asker, const char *name);

#endif
