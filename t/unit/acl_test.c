/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl_test.c - every kind of asker before every kind of config.
 */
#include "acl_verdict.h"
#include "schema_tap.h"

static const gw_acl_group a = { "a" }, b = { "b" }, z = { "z" };

enum { NOBODY, CREDENTIAL_ALONE, ANONYMOUS, ANONYMOUS_A, NO_GROUP, IN_A, IN_B_Z, NASKERS };

static const struct { gw_acl_asker asker; const void *groups[3]; const char *name; } askers[NASKERS] = {
    [NOBODY] = { { 0, 0, 0, NULL }, { NULL }, "nobody" },
    [CREDENTIAL_ALONE] = { { 0, 1, 0, NULL }, { NULL }, "a credential of no consumer" },
    [ANONYMOUS] = { { 1, 0, 0, NULL }, { NULL }, "an anonymous consumer" },
    [ANONYMOUS_A] = { { 1, 0, 1, NULL }, { &a }, "an anonymous member of a" },
    [NO_GROUP] = { { 1, 1, 0, NULL }, { NULL }, "a consumer of no group" },
    [IN_A] = { { 1, 1, 1, NULL }, { &a }, "a member of a" },
    [IN_B_Z] = { { 1, 1, 2, NULL }, { &z, &b }, "a member of z and b" },
};

static void check_verdicts(void)
{
    static const struct { const char *config; gw_acl_verdict want[NASKERS]; } rows[] = {
        { "{\"allow\":[\"x\",\"a\",\"m\"]}",
          { GW_ACL_UNKNOWN, GW_ACL_FORBIDDEN, GW_ACL_UNKNOWN, GW_ACL_PASS, GW_ACL_FORBIDDEN, GW_ACL_PASS,
            GW_ACL_FORBIDDEN } },
        { "{\"deny\":[\"x\",\"b\",\"m\"]}",
          { GW_ACL_UNKNOWN, GW_ACL_FORBIDDEN, GW_ACL_PASS, GW_ACL_PASS, GW_ACL_PASS, GW_ACL_PASS, GW_ACL_FORBIDDEN } },
        { "{\"whitelist\":[\"b\"]}",
          { GW_ACL_UNKNOWN, GW_ACL_FORBIDDEN, GW_ACL_UNKNOWN, GW_ACL_FORBIDDEN, GW_ACL_FORBIDDEN, GW_ACL_FORBIDDEN,
            GW_ACL_PASS } },
        { "{\"blacklist\":[\"a\"],\"allow\":[]}",
          { GW_ACL_UNKNOWN, GW_ACL_FORBIDDEN, GW_ACL_PASS, GW_ACL_FORBIDDEN, GW_ACL_PASS, GW_ACL_FORBIDDEN,
            GW_ACL_PASS } },
        { "{\"allow\":[\"A\"]}",
          { GW_ACL_UNKNOWN, GW_ACL_FORBIDDEN, GW_ACL_UNKNOWN, GW_ACL_FORBIDDEN, GW_ACL_FORBIDDEN, GW_ACL_FORBIDDEN,
            GW_ACL_FORBIDDEN } },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        gw_arena *arena = gw_arena_make(0);
        gw_acl_conf conf = { .hide_groups_header = 0 };

        ok(gw_schema_process(&gw_acl_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool) == NULL,
           rows[i].config);
        gw_schema_compile(&gw_acl_conf_schema, config, &conf, arena);
        gw_acl_conf_prepare(&conf, arena, pool);
        for (int k = 0; k < NASKERS; k++) {
            gw_acl_asker asker = askers[k].asker;

            asker.groups = askers[k].groups;
            is_int(gw_acl_judge(&conf, &asker), rows[i].want[k],
                   apr_pstrcat(pool, askers[k].name, ": ", rows[i].config, NULL));
        }
        json_decref(config);
        gw_arena_destroy(arena);
    }
}

static void check_groups(void)
{
    gw_acl_asker asker = askers[IN_B_Z].asker;

    asker.groups = askers[IN_B_Z].groups;
    is_str(gw_acl_groups_format(&asker, pool), "z, b", "groups as a header");
    ok(gw_acl_is_member(&asker, "b") && !gw_acl_is_member(&asker, "a"), "members");
    asker.ngroups = 0;
    is_str(gw_acl_groups_format(&asker, pool), NULL, "no groups");
    ok(!gw_acl_is_member(&asker, "b"), "no member");
}

int main(void)
{
    begin();
    check_verdicts();
    check_groups();
    return end();
}
