/* SPDX-License-Identifier: Apache-2.0 */
/*
 * declarative_test.c - documents to rows: ids, nesting, references, old formats, and how mistakes are told.
 */
#include "declarative_fixture.h"
#include "tap.h"

#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

#define V "_format_version: '3.0'\n"

static apr_pool_t *pool;

static apr_status_t give_back(void *document)
{
    json_decref(document);
    return APR_SUCCESS;
}

/* Read a text; its document is kept by the pool. */
static const gw_error *read_text(gw_decl **decl, const char *yaml)
{
    gw_text_fault fault;
    json_t *document = gw_decl_parse(&fault, GW_DECL_ANY, yaml, strlen(yaml), pool);

    if (document == NULL)
        printf("# %s\n", fault.message);
    apr_pool_cleanup_register(pool, document, give_back, apr_pool_cleanup_null);
    return gw_decl_read(decl, document, NULL, NULL, apr_time_from_sec(1700000000), pool);
}

typedef struct search {
    const char *entity;
    int nth;
    json_t *found;
} search;

static void look(void *baton, const gw_entity *entity, json_t *row)
{
    search *s = baton;

    if (strcmp(entity->name, s->entity) == 0 && s->nth-- == 0)
        s->found = row;
}

static json_t *row_of(const gw_decl *decl, const char *entity, int nth)
{
    search s = { entity, nth, NULL };

    gw_decl_each(decl, look, &s);
    return s.found;
}

/* A dotted member as text. */
static const char *member_of(const json_t *row, const char *name)
{
    char *rest = apr_pstrdup(pool, name), *dot, *text;
    const char *copy;

    while ((dot = strchr(rest, '.')) != NULL) {
        *dot = '\0';
        row = json_object_get(row, rest);
        rest = dot + 1;
    }
    row = json_object_get(row, rest);
    if (row == NULL || json_is_string(row))
        return json_string_value(row);
    text = json_dumps(row, JSON_COMPACT | JSON_ENCODE_ANY);
    copy = apr_pstrdup(pool, text);
    free(text);
    return copy;
}

static const struct { const char *yaml, *entity; int nth; const char *member, *want, *why; } rows[] = {
    { V "services: [{name: my-service, host: h}]", "services", 0, "id", "0855b320-0dd2-547d-891d-601e9b38647f",
      "a service's id follows from its name" },
    { V "routes: [{name: my-route, paths: [/]}]", "routes", 0, "id", "481a9539-f49c-51b6-b2e2-fe99ee68866c", "a route's" },
    { V "consumers: [{username: my-user}]", "consumers", 0, "id", "4b1b701d-de2b-5588-9aa2-3b97061d9f52", "a consumer's" },
    { V "consumers: [{username: fiona}]", "consumers", 0, "id", "764cd9a8-d51a-5e73-b0b1-ea2ec6c4b679", "fiona's" },
    { V "consumers: [{username: a, id: 81823632-10C0-4098-a4f7-31062520c1e6}]", "consumers", 0, "id",
      "81823632-10c0-4098-a4f7-31062520c1e6", "one that is given stays, in lower case" },
    { V "routes: [{service: s, paths: [/]}]\nservices: [{name: s, host: h}]", "routes", 0, "service.id",
      "bc1e3d1e-2ba7-5a2e-9c8f-e4c8bd6f2a29", "?" },
    { V "services: [{name: s, host: h, routes: [{paths: [/], plugins: [{name: key-auth}]}]}]", "plugins", 0, "name",
      "key-auth", "nested twice" },
    { V "services: [{name: s, host: h, retries: null}]", "services", 0, "retries", NULL, "null is null" },
    { V "consumers: [{username: a, keyauth_credentials: [{key: k, ttl: 60}]}]", "keyauth_credentials", 0, "ttl", "60", "ttl" },
    { V "consumers: [{username: a, created_at: 17}]", "consumers", 0, "created_at", "17", "times may be given" },
    { V "_comment: x\nservices: [{name: s, host: h, _comment: y, _ignore: [z]}]", "services", 0, "host", "h", "comments" },
    { V "consumers: [{username: a, updated_at: 18}]", "consumers", 0, "updated_at", "18", "the time of the last change, too" },
    { V "consumers: [{username: a, keyauth_credentials: [{key: k, ttl: 100000000}]}]", "keyauth_credentials", 0, "ttl", "100000000",
      "the longest ttl" },
    { V "consumers: [{username: a, keyauth_credentials: [{key: k, ttl: 0}]}]", "keyauth_credentials", 0, "ttl", NULL, "ttl 0 is for ever" },
    { V "keyauth_credentials: [{key: k, consumer: {username: fiona}}]\nconsumers: [{username: fiona}]", "keyauth_credentials", 0,
      "consumer.id", "764cd9a8-d51a-5e73-b0b1-ea2ec6c4b679", "a reference by a named key" },
    { V "routes: [{paths: [/], service_id: 0855b320-0dd2-547d-891d-601e9b38647f}]\nservices: [{name: my-service, host: h}]", "routes", 0,
      "service.id", "0855b320-0dd2-547d-891d-601e9b38647f", "a reference by its old name" },
    { V "_workspace: default\n_comment: ~\n_ignore: [1, {a: b}]\nservices: [{name: s, host: h}]", "services", 0, "host", "h",
      "the one workspace" },
    { V "services:\n", "services", 0, "id", NULL, "an empty collection" },
    { "_format_version: '1.1'\nroutes: [{paths: ['/a/(\\d+)$']}]", "routes", 0, "paths", "[\"~/a/(\\\\d+)$\"]",
      "1.1: a regular expression is marked" },
    { "_format_version: '1.1'\nroutes: [{paths: ['/a%2Db']}]", "routes", 0, "paths", "[\"/a-b\"]", "1.1: plain paths are not" },
    { "_format_version: '2.1'\nservices: [{host: h, routes: [{paths: ['/a*']}]}]", "routes", 0, "paths", "[\"~/a*\"]", "2.1: nested" },
    { "_format_version: '1.1'\nroutes: [{paths: ['~/a%2Db*']}]", "routes", 0, "paths", "[\"~/a%2Db*\"]",
      "1.1: what says that it is one stays" },
    { V "routes: [{paths: ['~/a*']}]", "routes", 0, "paths", "[\"~/a*\"]", "3.0: as it is" },
    { V "routes: [{paths: ['/a(b)']}]", "routes", 0, "paths", "[\"/a(b)\"]", "3.0: whatever it looks like" },
    { "services: [{name: s, host: h}]", "services", 0, "host", "h", "no version is 3.0" },
    { "_format_version: 1.1\nservices: [{name: s, host: h}]", "services", 0, "host", "h", "a number is taken" },
    { V "plugins: [{name: key-auth, config: {cookie_secure: false}}]", "plugins", 0, "config.cookie_secure", NULL,
      "what was never a setting is dropped" },
    { "{\"_format_version\":\"3.0\",\"services\":[{\"name\":\"j\",\"host\":\"h\"}]}", "services", 0, "name", "j", "JSON" },
    { V "vaults: []\nservices: [{name: s, host: h}]", "services", 0, "name", "s", "an empty collection of others" },
};

static void test_rows(void)
{
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        gw_decl *decl;
        const gw_error *err = read_text(&decl, rows[i].yaml);
        const char *got;

        is_str(err != NULL ? err->message : NULL, NULL, rows[i].why);
        got = member_of(row_of(decl, rows[i].entity, rows[i].nth), rows[i].member);
        if (strcmp(rows[i].why, "?") == 0)
            is_str(got, member_of(row_of(decl, "services", 0), "id"), "a reference by name, forwards");
        else
            is_str(got != NULL && strcmp(got, "null") == 0 ? NULL : got, rows[i].want, rows[i].why);
    }
}

static const struct { const char *yaml, *message, *line, *why; } bad[] = {
    { V "services:\n- port: -1\n", "{services={{host=\"required field missing\",port=\"value should be between 0 and 65535\"}}}",
      "line 3: services[0].host: required field missing", "two mistakes in a row" },
    { V "services:\n- host: a\n- host: b\n  port: x\n", "{services={[2]={port=\"expected an integer\"}}}",
      "line 5: services[1].port: expected an integer", "the second row" },
    { V "services:\n- host: a\n  routes:\n  - paths: [/]\n  - paths: [x]\n", NULL,
      "line 6: services[0].routes[1].paths.1: should start with: / (fixed path) or ~/ (regex path)", "nested" },
    { V "routes:\n- name: r\n  paths: [/]\n  service: nobody\n",
      "{routes={r={\"invalid reference 'service: nobody' (no such entry in 'services')\"}}}",
      "line 3: routes[0]: invalid reference 'service: nobody' (no such entry in 'services')", "a reference to nothing" },
    { V "routes:\n- name: r\n  paths: [/]\n  service: {id: 0855b320-0dd2-547d-891d-601e9b38647f}\n", NULL,
      "line 3: routes[0]: invalid reference 'service: {\"id\":\"0855b320-0dd2-547d-891d-601e9b38647f\"}' "
      "(no such entry in 'services')", "by id" },
    { V "services:\n- {name: a, host: h}\n- {name: a, host: h}\n",
      "{services={[2]=\"uniqueness violation: 'services' entity with name set to 'a' already declared\"}}",
      "line 4: services[1]: uniqueness violation: 'services' entity with name set to 'a' already declared", "a name twice" },
    { V "consumers:\n- {username: a, id: 81823632-10c0-4098-a4f7-31062520c1e6}\n- {username: b, id: 81823632-10C0-4098-a4f7-31062520c1e6}\n",
      "{consumers={[2]=\"uniqueness violation: 'consumers' entity with primary key set to "
      "'81823632-10c0-4098-a4f7-31062520c1e6' already declared\"}}", NULL, "an id twice" },
    { V "consumers:\n- username: a\n  groups: [{key: g}]\ngroups:\n- {consumer: a, key: g}\n",
      "{groups={\"uniqueness violation: 'groups' entity with the same consumer, key already declared\"}}", NULL,
      "the same thing nested and flat" },
    { V "consumers:\n- username: a\n  keyauth_credentials: {key: k}\n",
      "{consumers={{keyauth_credentials=\"expected an array\"}}}", NULL, "no list" },
    { V "consumers:\n- username: a\n  keyauth_credentials: [{key: k, ttl: -1}]\n", NULL,
      "line 4: consumers[0].keyauth_credentials[0].ttl: must be an integer between 0 and 100000000", "a ttl" },
    { V "services: 1\n", "{services=\"expected an array\"}", "line 2: services: expected an array", "no collection" },
    { V "vaults: [1]\n", "{vaults=\"unknown field\"}", NULL, "a collection of others" },
    { V "_comment: 5\n", "{_comment=\"expected a string\"}", "line 2: _comment: expected a string", "a comment that is none" },
    { V "_ignore: 5\n", "{_ignore=\"expected an array\"}", "line 2: _ignore: expected an array", "what is ignored is a list" },
    { V "routes:\n- name: r\n  paths: [/]\n  service_id: 0855b320-0dd2-547d-891d-601e9b38647f\n",
      "{routes={r={\"invalid reference 'service: 0855b320-0dd2-547d-891d-601e9b38647f' (no such entry in 'services')\"}}}", NULL,
      "to nothing by its old name" },
    { V "_workspace: other\n", "{_workspace=\"expected one of: default\"}", NULL, "a workspace" },
    { "_format_version: [3]\n", "{_format_version=\"expected a string\"}", NULL, "a version of no kind" },
    { V "revocations: []\n", "{revocations=\"unknown field\"}", NULL, "what is made at run time" },
    { "[]", "{error=\"failed parsing declarative configuration: expected an object\"}", NULL, "no object" },
};

static void test_bad(void)
{
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        gw_decl *decl;
        const gw_error *err = read_text(&decl, bad[i].yaml);
        apr_array_header_t *lines = gw_decl_error_lines(decl, bad[i].yaml, strlen(bad[i].yaml), 5, pool);
        json_t *flat = gw_decl_flattened_errors(decl);

        ok(err != NULL && err->code == GW_E_DECLARATIVE, bad[i].why);
        if (err != NULL && bad[i].message != NULL)
            is_str(err->message, apr_pstrcat(pool, "declarative config is invalid: ", bad[i].message, NULL), "the sentence");
        if (bad[i].line != NULL)
            is_str(lines->nelts > 0 ? APR_ARRAY_IDX(lines, 0, const char *) : NULL, bad[i].line, "the first line");
        ok(json_is_array(flat), "flattened");
        json_decref(flat);
    }
}

static void test_sameness(void)
{
    static const char text[] = V "routes: [{paths: [/a]}, {paths: [/a]}, {paths: [/b]}]\nplugins: [{name: key-auth}]";
    gw_decl *one, *two;
    int i;

    read_text(&one, text);
    read_text(&two, text);
    for (i = 0; i < 3; i++)
        is_str(member_of(row_of(one, "routes", i), "id"), member_of(row_of(two, "routes", i), "id"),
               "rows without a name have the same id each time");
    ok(strcmp(member_of(row_of(one, "routes", 0), "id"), member_of(row_of(one, "routes", 1), "id")) != 0,
       "and one of their own");
    read_text(&one, V "consumers: [{username: a}]\nkeyauth_credentials: [{consumer: a, key: k, tags: [t]}]");
    read_text(&two, V "consumers: [{username: a}]\nkeyauth_credentials: [{consumer: a, key: k}]");
    is_str(member_of(row_of(one, "keyauth_credentials", 0), "id"), member_of(row_of(two, "keyauth_credentials", 0), "id"),
           "a key has the id that follows from it");
    read_text(&one, V "consumers: [{custom_id: c, tags: [t]}]");
    read_text(&two, V "consumers: [{custom_id: c}]");
    is_str(member_of(row_of(one, "consumers", 0), "id"), member_of(row_of(two, "consumers", 0), "id"),
           "so has a consumer without a username: from its custom_id");
    is_str(gw_decl_hash("abc", 3, pool), "900150983cd24fb0d6963f7d28e17f72", "the hash is MD5");
    is_int(gw_decl_format_of("x.YML"), GW_DECL_YAML, ".YML");
    is_int(gw_decl_format_of("x.json"), GW_DECL_JSON, ".json");
    is_int(gw_decl_format_of("json"), -1, "no ending");
}

static void test_warnings(void)
{
    gw_decl *decl;

    read_text(&decl, "_format_version: 3.0\n");
    is_int(gw_decl_warnings(decl)->nelts, 1, "a warning");
    is_str(APR_ARRAY_IDX(gw_decl_warnings(decl), 0, const char *), "_format_version is a number: quote it", "to quote");
    read_text(&decl, "services: []\nplugins: [{name: key-auth, config: {cookie_secure: true}}]");
    is_int(gw_decl_warnings(decl)->nelts, 2, "two warnings");
    is_str(APR_ARRAY_IDX(gw_decl_warnings(decl), 0, const char *), "_format_version is missing: 3.0 is assumed", "the version");
    is_str(APR_ARRAY_IDX(gw_decl_warnings(decl), 1, const char *),
           "plugin 'key-auth': config.cookie_secure is no setting of it, and was dropped", "the setting");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    fixture_register(pool);
    test_rows();
    test_bad();
    test_sameness();
    test_warnings();
    apr_pool_destroy(pool);
    return done();
}
