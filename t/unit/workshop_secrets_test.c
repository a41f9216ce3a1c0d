/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_secrets_test.c - which names of query parameters a snapshot holds for secret, as configurations come and go.
 */
#include <apr_general.h>
#include <apr_strings.h>

#include "entities.h"
#include "tap.h"
#include "workshop_put.h"

typedef struct names_conf {
    gw_strings names;
} names_conf;

static const gw_strings *secret_query(const void *conf)
{
    const names_conf *c = conf;

    return c->names.n > 0 ? &c->names : NULL;
}

static const gw_field name = { .type = GW_T_STRING };
static const gw_field fields[] = {
    { .name = "names", .type = GW_T_ARRAY, .element = &name, .at = GW_AT(names_conf, names) },
    { .name = NULL }
};
static const gw_schema schema = { .name = "any", .fields = fields };
static gw_plugin key = { .name = "key", .phases = GW_PHASE_AUTHN, .schema = &schema, .conf_size = sizeof(names_conf),
                         .secret_query = secret_query, .index = 0 };
static gw_plugin silent = { .name = "silent", .phases = GW_PHASE_AUTHN, .schema = &schema,
                            .conf_size = sizeof(names_conf), .index = 1 };
static const gw_plugin *const plugins[] = { &key, &silent };

static void put_names(gw_workshop *shop, const char *id, const char *plugin, const char *one, const char *two,
                      const char *route, int enabled)
{
    json_t *names = json_array();

    if (one != NULL)
        json_array_append_new(names, json_string(one));
    if (two != NULL)
        json_array_append_new(names, json_string(two));
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:{s:o}, s:o, s:b, s:[s]}", "id", id, "name", plugin, "config", "names", names, "route",
                  route != NULL ? json_pack("{s:s}", "id", route) : json_null(), "enabled", enabled, "protocols",
                  "http"));
}

/* What a link shows now, by commas. The snapshot stays until the shop goes. */
static const char *names_of(gw_workshop *shop, apr_pool_t *p)
{
    const gw_strings *names = gw_snapshot_secret_query(gw_workshop_link(shop));
    const char *text = "";

    for (int i = 0; i < names->n; i++)
        text = apr_pstrcat(p, text, *text ? "," : "", names->v[i], NULL);
    return text;
}

static void test_rows(apr_pool_t *p)
{
    gw_workshop *shop = gw_workshop_make(NULL);

    gw_workshop_use_plugins(shop, plugins, COUNT(plugins));
    is_str(names_of(shop, p), "", "no plugin, no names");
    put_names(shop, "p1", "key", "zeta", "Alpha", "r1", 1);
    is_str(names_of(shop, p), "Alpha,zeta", "in order, of a route that is not there (yet)");
    put_names(shop, "p2", "key", "zeta", "mid", NULL, 1);
    is_str(names_of(shop, p), "Alpha,mid,zeta", "each once");
    put_names(shop, "p3", "key", "off", NULL, NULL, 0);
    is_str(names_of(shop, p), "Alpha,mid,off,zeta", "of a disabled row too");
    put_names(shop, "p4", "silent", "not", NULL, NULL, 1);
    put_names(shop, "p5", "key", NULL, NULL, NULL, 1);
    is_str(names_of(shop, p), "Alpha,mid,off,zeta", "a plugin that names none, and a config that does not");
    put_names(shop, "p1", "key", "other", "Alpha", "r1", 1);
    is_str(names_of(shop, p), "Alpha,mid,off,other,zeta", "a row changes: what another one names stays");
    gw_workshop_remove(shop, &gw_entity_plugins, "p2");
    is_str(names_of(shop, p), "Alpha,off,other", "a row goes with its names");
    put_names(shop, "p6", "key", "twice", "twice", NULL, 1);
    gw_workshop_remove(shop, &gw_entity_plugins, "p6");
    is_str(names_of(shop, p), "Alpha,off,other", "one that names the same twice, too");
    gw_workshop_clear(shop);
    is_str(names_of(shop, p), "", "nothing is left of nothing");
    put_names(shop, "p1", "key", "again", NULL, NULL, 1);
    is_str(names_of(shop, p), "again", "and it begins anew");
    gw_workshop_destroy(shop);
}

static void test_locations(apr_pool_t *p)
{
    static const char *const own[] = { "static" };
    static const names_conf conf = { { 1, 1, own } };
    static const gw_static_plugin statics[] = { { &key, &conf, "x", NULL, NULL }, { &silent, &conf, "x", NULL, NULL } };
    static const gw_location location = { "h/a", NULL, 0, COUNT(statics), statics };
    gw_workshop *shop = gw_workshop_make(NULL);

    gw_workshop_use_plugins(shop, plugins, COUNT(plugins));
    gw_workshop_use_locations(shop, &location, 1);
    is_str(names_of(shop, p), "static", "of a <Location>");
    put_names(shop, "p1", "key", "static", NULL, NULL, 1);
    gw_workshop_clear(shop);
    is_str(names_of(shop, p), "static", "which no row takes away");
    gw_workshop_destroy(shop);
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_rows(p);
    test_locations(p);
    apr_pool_destroy(p);
    return done();
}
