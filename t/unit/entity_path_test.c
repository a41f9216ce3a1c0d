/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of the Admin API against a registry of made-up entities: nothing may depend on real names.
 */
#include "audit_path.h"
#include "entity_path.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>

static const gw_field house_fields[] = { { .name = "id" }, { .name = NULL } };
static const gw_schema house_schema = { .name = "houses", .fields = house_fields };
static const gw_entity houses = { .name = "houses", .path = "/houses", .endpoint_key = "name",
.schema = &house_schema };

static const gw_field cat_fields[] = {
    { .name = "id" },
    { .name = "house", .type = GW_T_FOREIGN, .reference = "houses" },
    { .name = "owner", .type = GW_T_FOREIGN, .reference = "owners" }, /* registered nowhere */
    { .name = NULL },
};
static const gw_schema cat_schema = { .name = "cats", .fields = cat_fields };
static const gw_entity cats = { .name = "cats", .path = "/my-cats", .nested = "felines", .schema = &cat_schema };

static const gw_field flea_fields[] = {
    { .name = "cat", .type = GW_T_FOREIGN, .reference = "cats" },
    { .name = NULL },
};
static const gw_schema flea_schema = { .name = "fleas", .fields = flea_fields };
static const gw_entity fleas = { .name = "fleas", .nested = "fleas", .schema = &flea_schema };

static const gw_field chip_fields[] = {
    { .name = "id", .type = GW_T_STRING },
    { .name = "code", .type = GW_T_STRING, .flags = GW_UNIQUE | GW_SECRET },
    { .name = "cat", .type = GW_T_FOREIGN, .reference = "cats" },
    { .name = NULL },
};
static const gw_schema chip_schema = { .name = "chips", .fields = chip_fields };
static const gw_entity chips = { .name = "chips", .path = "/chips", .nested = "chip", .endpoint_key = "code",
                                 .schema = &chip_schema };

static const gw_field print_fields[] = {
    { .name = "id" }, { .name = "cat", .type = GW_T_FOREIGN, .reference = "cats" }, { .name = NULL },
};
static const gw_schema print_schema = { .name = "paw_prints", .fields = print_fields };
static const gw_entity paw_prints = { .name = "paw_prints", .path = "/paw-prints", .nested = "prints",
                                      .schema = &print_schema, .is_server_made = 1 };

static const gw_info_path info[] = {
    { .path = "/", .methods = GW_GET },
    { .path = "/houses/free", .methods = GW_GET },
    { .path = "/plans/{name}/check", .methods = GW_POST },
    { .path = NULL },
};

#define U "0a0a0a0a-0000-4000-8000-00000000000a"
#define UPPER "0A0A0A0A-0000-4000-8000-00000000000A"

static const struct { const char *path, *want, *why; } rows[] = {
    { "/", "info 0 GET, HEAD, OPTIONS", "the root" },
    { "", "unknown", "no path" },
    { "houses", "unknown", "a relative path" },
    { "/houses", "collection houses GET, HEAD, OPTIONS, POST", "a collection" },
    { "/houses/", "collection houses GET, HEAD, OPTIONS, POST", "with a slash" },
    { "/houses//", "unknown", "with two" },
    { "//houses", "unknown", "before it" },
    { "/Houses", "unknown", "case matters" },
    { "/cats", "unknown", "paths count, not names" },
    { "/houses/free", "info 1 GET, HEAD, OPTIONS", "information comes first" },
    { "/houses/free/", "info 1 GET, HEAD, OPTIONS", "its slash" },
    { "/houses/h1", "item houses key=h1 DELETE, GET, HEAD, OPTIONS, PATCH, PUT", "by name" },
    { "/houses/" U, "item houses id=" U " DELETE, GET, HEAD, OPTIONS, PATCH, PUT", "by id" },
    { "/houses/" UPPER, "item houses id=" U " DELETE, GET, HEAD, OPTIONS, PATCH, PUT", "by id in capitals" },
    { "/houses/a%20b%2Fc", "item houses key=a b/c DELETE, GET, HEAD, OPTIONS, PATCH, PUT", "decoded after splitting" },
    { "/houses/a%", "bad", "a stray percent sign" },
    { "/houses/a%zz", "bad", "no hex digits" },
    { "/houses/%00", "bad", "NUL" },
    { "/%68ouses", "collection houses GET, HEAD, OPTIONS, POST", "words may be encoded, too" },
    { "/houses/h1/felines", "nested cats of houses h1 by house GET, HEAD, OPTIONS, POST", "a nested collection" },
    { "/houses/h1/felines/c1", "nested item cats key=c1 of houses h1 by house DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
      "a nested row" },
    { "/houses/h1/cats", "unknown", "below a parent the nested name counts" },
    { "/houses/h1/fleas", "unknown", "not a child of houses" },
    { "/houses/h1/felines/c1/fleas", "unknown", "no deeper" },
    { "/my-cats/c1/fleas", "nested fleas of cats c1 by cat GET, HEAD, OPTIONS, POST", "an entity without a path" },
    { "/fleas", "unknown", "has no collection" },
    { "/paw-prints", "collection paw_prints GET, HEAD, OPTIONS", "rows that clients do not make" },
    { "/paw-prints/p1", "item paw_prints key=p1 DELETE, GET, HEAD, OPTIONS", "nor change" },
    { "/my-cats/c1/prints", "nested paw_prints of cats c1 by cat GET, HEAD, OPTIONS", "below a parent" },
    { "/my-cats/c1/prints/p1", "nested item paw_prints key=p1 of cats c1 by cat DELETE, GET, HEAD, OPTIONS",
      "one of them" },
    { "/my-cats/c1/house", "link cats key=c1 house houses DELETE, GET, HEAD, OPTIONS, PATCH, PUT", "a link" },
    { "/my-cats/c1/house/x", "unknown", "nothing below a link" },
    { "/my-cats/c1/owner", "unknown", "a link to what is not registered" },
    { "/my-cats/c1/id", "unknown", "only foreign fields are links" },
    { "/plans/p%201/check", "info 2 p 1 OPTIONS, POST", "a parameter" },
    { "/plans/p/check/x", "unknown", "too long" },
    { "/plans/p", "unknown", "too short" },
    { "/a/b/c/d/e/f/g", "unknown", "far too long" },
};

static const char *describe(const gw_path_target *t, apr_pool_t *p)
{
    const char *key = apr_pstrcat(p, t->key_is_id ? " id=" : " key=", t->key, NULL);
    const char *methods = gw_methods_format(t->methods, p);

    switch (t->kind) {
    case GW_PATH_UNKNOWN:
        return "unknown";
    case GW_PATH_BAD:
        return "bad";
    case GW_PATH_COLLECTION:
        return apr_psprintf(p, "collection %s %s", t->entity->name, methods);
    case GW_PATH_ITEM:
        return apr_psprintf(p, "item %s%s %s", t->entity->name, key, methods);
    case GW_PATH_NESTED:
        return apr_psprintf(p, "nested %s of %s %s by %s %s", t->entity->name, t->parent->name, t->parent_key,
                            t->field->name, methods);
    case GW_PATH_NESTED_ITEM:
        return apr_psprintf(p, "nested item %s%s of %s %s by %s %s", t->entity->name, key, t->parent->name,
                            t->parent_key, t->field->name, methods);
    case GW_PATH_LINK:
        return apr_psprintf(p, "link %s%s %s %s %s", t->entity->name, key, t->field->name, t->parent->name, methods);
    default:
        return apr_psprintf(p, "info %d%s%s %s", t->info, t->args[0] != NULL ? " " : "",
                            t->args[0] != NULL ? t->args[0] : "", methods);
    }
}

/* What the audit may keep of a path. */
static const struct { const char *path, *want, *why; } kept[] = {
    { "/chips", "/chips", "a collection" },
    { "/chips/s3cret", "/chips/***", "a row by its secret" },
    { "/chips/s3%2Fcret/", "/chips/***/", "encoded, with a slash" },
    { "/chips/" U, "/chips/" U, "by its id" },
    { "/chips/s3cret/cat", "/chips/***/cat", "a link of it" },
    { "/my-cats/c1/chip/s3cret", "/my-cats/c1/chip/***", "below its parent" },
    { "/my-cats/c1/chip/" U, "/my-cats/c1/chip/" U, "by its id below its parent" },
    { "/houses/s3cret", "/houses/s3cret", "a name is no secret" },
    { "/houses/\xff", "/houses/\xef\xbf\xbd", "bytes that are no text" },
    { "/plans/x/check", "/plans/x/check", "information" },
};

int main(void)
{
    apr_array_header_t *entities;
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    entities = apr_array_make(p, 4, sizeof(const gw_entity *));
    APR_ARRAY_PUSH(entities, const gw_entity *) = &houses;
    APR_ARRAY_PUSH(entities, const gw_entity *) = &cats;
    APR_ARRAY_PUSH(entities, const gw_entity *) = &fleas;
    APR_ARRAY_PUSH(entities, const gw_entity *) = &chips;
    APR_ARRAY_PUSH(entities, const gw_entity *) = &paw_prints;
    for (i = 0; i < COUNT(rows); i++) {
        gw_path_target t = gw_path_find(rows[i].path, entities, info, p);

        is_str(describe(&t, p), rows[i].want, rows[i].why);
    }
    for (i = 0; i < COUNT(kept); i++) {
        gw_path_target t = gw_path_find(kept[i].path, entities, info, p);

        is_str(gw_audit_path(kept[i].path, &t, p), kept[i].want, kept[i].why);
    }
    is_int(gw_method_parse("HEAD"), GW_GET, "HEAD is GET");
    is_int(gw_method_parse("PATCH"), GW_PATCH, "PATCH");
    is_int(gw_method_parse("TRACE"), 0, "TRACE is nothing");
    is_int(gw_method_parse("get"), 0, "methods are upper case");
    apr_pool_destroy(p);
    return done();
}
