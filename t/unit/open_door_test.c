/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_door_test.c - where `anonymous` lets everybody in, and what closes the door again.
 */
#include <stdlib.h>
#include <apr_general.h>

#include "entities.h"
#include "open_door.h"
#include "tap.h"
#include "workshop_put.h"

#define NOBODY "aaaaaaaa-0000-4000-8000-000000000001"
#define OTHER "aaaaaaaa-0000-4000-8000-000000000002"

typedef struct auth_conf {
    const char *anonymous;
} auth_conf;

static const gw_field auth_fields[] = {
    { .name = "anonymous", .type = GW_T_STRING, .at = GW_AT(auth_conf, anonymous) },
    { .name = NULL }
};
static const gw_schema auth_schema = { .name = "auth", .fields = auth_fields };
static const gw_field no_fields[] = { { .name = NULL } };
static const gw_schema no_schema = { .name = "none", .fields = no_fields };

static gw_plugin key = { .name = "key", .priority = 9, .phases = GW_PHASE_AUTHN, .schema = &auth_schema,
                         .conf_size = sizeof(auth_conf), .index = 0 };
static gw_plugin pass = { .name = "pass", .priority = 8, .phases = GW_PHASE_AUTHN, .schema = &auth_schema,
                          .conf_size = sizeof(auth_conf), .index = 1 };
static gw_plugin stop = { .name = "stop", .priority = 7, .phases = GW_PHASE_FIXUPS, .flags = GW_PLUGIN_GUARDS,
                          .schema = &no_schema, .conf_size = 1, .index = 2 };
static gw_plugin other = { .name = "other", .priority = 6, .phases = GW_PHASE_FIXUPS, .schema = &no_schema,
                           .conf_size = 1, .index = 3 };
static const gw_plugin *const plugins[] = { &key, &pass, &stop, &other };

static json_t *foreign(const char *id)
{
    return id != NULL ? json_pack("{s:s}", "id", id) : json_null();
}

/* One plugin row of a case; `name` NULL = none. Where: 'r' route, 's' service, '*' everywhere;
 * 'S': on the service, and disabled. */
typedef struct row {
    const char *name, *anonymous, *consumer;
    char where;
} row;

#define NONE { NULL, NULL, NULL, '*' }

static void put_row(gw_workshop *shop, const row *r, int n)
{
    char id[48];

    snprintf(id, sizeof(id), "bbbbbbbb-0000-4000-8000-00000000000%d", n);
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:{s:s?}, s:o, s:o, s:o, s:b, s:[s, s]}", "id", id, "name", r->name, "config", "anonymous",
                  r->anonymous, "route", foreign(r->where == 'r' ? "r" : NULL), "service",
                  foreign(r->where == 's' || r->where == 'S' ? "s" : NULL), "consumer", foreign(r->consumer), "enabled", r->where != 'S',
                  "protocols", "http", "https"));
}

static gw_workshop *make_shop(const row *rows, int nrows, int nroutes)
{
    static const char *const routes[] = { "r", "r2", "r3" };
    gw_workshop *shop = gw_workshop_make(NULL);

    gw_workshop_use_plugins(shop, plugins, COUNT(plugins));
    put(shop, &gw_entity_services, json_pack("{s:s, s:s, s:s, s:i, s:s, s:b}", "id", "s", "name", "s", "host", "up.x",
                                             "port", 80, "protocol", "http", "enabled", 1));
    for (int i = 0; i < nroutes; i++)
        put(shop, &gw_entity_routes,
            json_pack("{s:s, s:i, s:[s], s:[s], s:o}", "id", routes[i], "created_at", i, "protocols", "http", "paths",
                      "/a", "service", foreign("s")));
    for (int i = 0; i < nrows && rows[i].name != NULL; i++)
        put_row(shop, &rows[i], i);
    return shop;
}

/* How many open doors the shop has now; *last is one of them. */
static int count_doors(gw_workshop *shop, gw_warning *last)
{
    gw_snapshot *snapshot = gw_workshop_link(shop);
    const apr_array_header_t *warnings = gw_snapshot_warnings(snapshot);
    int n = 0;

    for (int i = 0; i < warnings->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(warnings, i, gw_warning).code, GW_WARNING_OPEN_DOOR) == 0) {
            n++;
            *last = APR_ARRAY_IDX(warnings, i, gw_warning);
        }
    return n; /* the snapshot dies with its shop */
}

static void test_rows(void)
{
    static const struct { row rows[4]; int want; const char *why; } cases[] = {
        { { NONE }, 0, "no plugin" },
        { { { "key", NULL, NULL, 's' } }, 0, "no anonymous" },
        { { { "key", "", NULL, 's' } }, 0, "an empty one" },
        { { { "key", NOBODY, NULL, 's' } }, 1, "anonymous alone" },
        { { { "key", "nobody", NULL, 's' } }, 1, "by name" },
        { { { "key", NOBODY, NULL, 'r' } }, 1, "on a route" },
        { { { "key", NOBODY, NULL, '*' } }, 1, "everywhere" },
        { { { "key", NOBODY, NULL, 'S' } }, 0, "a disabled one" },
        { { { "key", NOBODY, NULL, 's' }, { "pass", NULL, NULL, 's' } }, 0, "another plugin that refuses" },
        { { { "key", NOBODY, NULL, 's' }, { "pass", NOBODY, NULL, 's' } }, 1, "either way in, and nothing that refuses" },
        { { { "key", NOBODY, NULL, 's' }, { "pass", NULL, NULL, 'S' } }, 1, "a disabled one does not refuse" },
        { { { "key", NOBODY, NULL, 's' }, { "stop", NULL, NULL, 's' } }, 0, "a guard" },
        { { { "key", NOBODY, NULL, 's' }, { "other", NULL, NULL, 's' } }, 1, "a plugin that is none" },
        { { { "key", NOBODY, NULL, 's' }, { "stop", NULL, NULL, 'S' } }, 1, "a disabled guard" },
        { { { "key", NOBODY, NULL, 's' }, { "stop", NULL, NOBODY, 's' } }, 0, "a guard for that consumer" },
        { { { "key", NOBODY, NULL, 's' }, { "stop", NULL, NOBODY, 'r' } }, 0, "on the route" },
        { { { "key", NOBODY, NULL, 's' }, { "stop", NULL, NOBODY, '*' } }, 0, "everywhere" },
        { { { "key", NOBODY, NULL, 's' }, { "stop", NULL, OTHER, 's' } }, 1, "a guard for another consumer" },
        { { { "key", NOBODY, NULL, 's' }, { "stop", NULL, NOBODY, 'S' } }, 1, "a disabled guard for it" },
        { { { "key", "nobody", NULL, 's' }, { "stop", NULL, NOBODY, 's' } }, 0, "by name: whoever the guard is for" },
        { { { "key", NULL, NULL, 's' }, { "key", NOBODY, NULL, 'r' } }, 1, "the route's own config opens it" },
        { { { "key", NOBODY, NULL, 's' }, { "key", NULL, NULL, 'r' } }, 0, "the route's own config closes it" },
        { { { "key", OTHER, NULL, 's' }, { "pass", NOBODY, NULL, 's' }, { "stop", NULL, NOBODY, 's' } }, 0,
          "two anonymous consumers: the last one asks" },
        { { { "key", NOBODY, NULL, 's' }, { "pass", OTHER, NULL, 's' }, { "stop", NULL, NOBODY, 's' } }, 1,
          "a guard for the first of two" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        gw_workshop *shop = make_shop(cases[i].rows, COUNT(cases[i].rows), 1);
        gw_warning last;

        is_int(count_doors(shop, &last), cases[i].want, cases[i].why);
        gw_workshop_destroy(shop);
    }
}

static void test_once(void)
{
    static const row rows[] = { { "key", NOBODY, NULL, 's' }, { "other", NULL, NULL, 'r' }, NONE };
    static const row guard = { "stop", NULL, NOBODY, 's' };
    gw_workshop *shop = make_shop(rows, COUNT(rows), 3);
    gw_warning last = { NULL };

    is_int(count_doors(shop, &last), 1, "three routes, one plugin, one warning");
    is_str(last.entity, "plugins", "of the plugin's row");
    is_str(last.id, "bbbbbbbb-0000-4000-8000-000000000000", "by id");
    ok(strstr(last.message, "anonymous of key lets everyone in") != NULL, "in words");
    put_row(shop, &guard, 7);
    is_int(count_doors(shop, &last), 0, "a guard comes");
    gw_workshop_remove(shop, &gw_entity_plugins, "bbbbbbbb-0000-4000-8000-000000000007");
    is_int(count_doors(shop, &last), 1, "a guard goes");
    for (int i = 0; i < 9; i++)
        put_row(shop, &guard, i + 1 == 1 ? 2 : i + 1);
    is_int(count_doors(shop, &last), 0, "many guards");
    gw_workshop_destroy(shop);
    shop = make_shop(rows, COUNT(rows), 0);
    is_int(count_doors(shop, &last), 0, "no route leads there");
    gw_workshop_destroy(shop);
}

static void test_locations(void)
{
    static const auth_conf open = { NOBODY }, closed = { NULL };
    static const gw_static_plugin opens[] = { { &key, &open, "x", NULL, NULL } };
    static const gw_static_plugin closes[] = { { &key, &closed, "x", NULL, NULL } };
    static const gw_static_plugin guards[] = { { &key, &open, "x", NULL, NULL }, { &stop, "", "x", NULL, NULL } };
    static const row nothing = NONE, guard = { "stop", NULL, NOBODY, 's' }, key_row = { "key", NOBODY, NULL, 's' };
    static const row everywhere = { "stop", NULL, NOBODY, '*' };
    static const struct { gw_location location; const row *row; int want; const char *why; } cases[] = {
        { { "h/a", NULL, 0, 1, opens }, &nothing, 1, "a <Location>" },
        { { "h/a", "none", 0, 1, opens }, &nothing, 1, "of a service without a row" },
        { { "h/a", NULL, 1, 1, opens }, &nothing, 0, "with Require" },
        { { "h/a", NULL, 0, 1, closes }, &nothing, 0, "without anonymous" },
        { { "h/a", NULL, 0, 2, guards }, &nothing, 0, "with a guard" },
        { { "h/a", "s", 0, 1, opens }, &guard, 0, "its service has one for that consumer" },
        { { "h/a", NULL, 0, 1, opens }, &guard, 1, "another service has" },
        { { "h/a", NULL, 0, 1, opens }, &everywhere, 0, "every service has" },
        { { "h/a", "s", 0, 1, closes }, &key_row, 0, "its own plugin wins over its service's" },
        { { "h/a", "s", 0, 0, NULL }, &key_row, 1, "its service's plugin opens it" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        gw_workshop *shop = make_shop(cases[i].row, 1, 0);
        gw_warning last = { NULL };

        gw_workshop_use_locations(shop, &cases[i].location, 1);
        is_int(count_doors(shop, &last), cases[i].want, cases[i].why);
        if (cases[i].want && cases[i].location.nplugins > 0)
            is_str(last.id, "h/a", "by its place");
        gw_workshop_destroy(shop);
    }
}

int main(void)
{
    apr_initialize();
    test_rows();
    test_once();
    test_locations();
    return done();
}
