/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi_paths.c - each kind of path has its operations in a table; names of components are those of entities, with
 * "_new" and "_change" for what is sent.
 */
#include "openapi_paths.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

/* What the operations of one path have in common. */
typedef struct place {
    const char *path;
    const char *name;         /* ends the operation's id: "services_routes" */
    const gw_entity *entity;  /* whose rows are answered */
    apr_pool_t *p;
} place;

static json_t *refer(const place *at, const char *kind, const char *name, const char *suffix)
{
    return json_pack("{s:s}", "$ref", apr_pstrcat(at->p, "#/components/", kind, "/", name, suffix, NULL));
}

/* ---- parameters, bodies, responses ---- */

/* A {name} in a path is a parameter. */
static json_t *list_parameters(const place *at)
{
    json_t *list = json_array();
    const char *s = at->path;

    while ((s = strchr(s, '{')) != NULL) {
        apr_size_t len = strcspn(++s, "}");

        json_array_append_new(list, json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", s, (size_t)len, "in", "path",
                                              "required", 1, "schema", "type", "string"));
    }
    return list;
}

static json_t *make_content(json_t *schema)
{
    return json_pack("{s:{s:o}}", "application/json", "schema", schema);
}

static void add_body(json_t *operation, const place *at, const char *suffix)
{
    static const char *const types[] = { "application/json", "application/x-www-form-urlencoded",
                                         "multipart/form-data" };
    json_t *content = json_object();
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        json_object_set_new(content, types[i],
                            json_pack("{s:o}", "schema", at->entity != NULL
                                                             ? refer(at, "schemas", at->entity->name, suffix)
                                                             : json_pack("{s:s}", "type", "object")));
    json_object_set_new(operation, "requestBody", json_pack("{s:o}", "content", content));
}

/* The row's version, as a header. */
static json_t *answer_row(const place *at)
{
    return json_pack("{s:s, s:{s:{s:s, s:{s:s}}}, s:o}", "description", "the row", "headers", "ETag", "description",
                     "its version", "schema", "type", "string", "content",
                     make_content(refer(at, "schemas", at->entity->name, "")));
}

static json_t *answer_list(const place *at)
{
    json_t *properties = json_pack("{s:{s:s, s:o}, s:{s:[s, s], s:s}, s:{s:s, s:s}}", "data", "type", "array", "items",
                                   refer(at, "schemas", at->entity->name, ""), "next", "type", "string", "null",
                                   "description", "path of the next page", "offset", "type", "string", "description",
                                   "of the next page");

    return json_pack("{s:s, s:o}", "description", "a page", "content",
                     make_content(json_pack("{s:s, s:o, s:[s, s]}", "type", "object", "properties", properties,
                                            "required", "data", "next")));
}

static void add_refusals(json_t *responses, const place *at, const char *const *names)
{
    for (; names[0] != NULL; names += 2)
        json_object_set_new(responses, names[0], refer(at, "responses", names[1], ""));
}

/* ---- operations ---- */

typedef enum answer { ANSWER_ROW, ANSWER_LIST, ANSWER_NOTHING, ANSWER_REFUSED } answer;

/* Pairs of status and component. */
#define ALWAYS "400", "Refused", "403", "CrossSite", "404", "NotFound", "421", "UnknownHost", "503", "Unavailable"
#define ON_WRITE "409", "Conflict", "412", "Changed", "413", "TooLarge", "415", "UnsupportedType"
static const char *const on_read[] = { ALWAYS, NULL };
static const char *const on_write[] = { ALWAYS, ON_WRITE, NULL };
static const char *const on_delete[] = { ALWAYS, "412", "Changed", NULL };

typedef struct operation {
    const char *method, *verb, *status;
    answer answer;
    const char *body;            /* suffix of the schema that is sent; NULL = none */
    const char *const *refusals;
    const char *summary;         /* "%s": what the rows are */
} operation;

static const operation of_many[] = {
    { "get", "list", "200", ANSWER_LIST, NULL, on_read, "List %s" },
    { "post", "create", "201", ANSWER_ROW, "_new", on_write, "Make one of %s" },
    { .method = NULL },
};
static const operation of_one[] = {
    { "get", "get", "200", ANSWER_ROW, NULL, on_read, "Show one of %s" },
    { "put", "put", "200", ANSWER_ROW, "_new", on_write, "Make or replace one of %s" },
    { "patch", "change", "200", ANSWER_ROW, "_change", on_write, "Change fields of one of %s" },
    { "delete", "delete", "204", ANSWER_NOTHING, NULL, on_delete, "Delete one of %s" },
    { .method = NULL },
};
static const operation of_link[] = {
    { "get", "get", "200", ANSWER_ROW, NULL, on_read, "Show the row of %s that is linked" },
    { "put", "put", "200", ANSWER_ROW, "_new", on_write, "Make and link, or replace, a row of %s" },
    { "patch", "change", "200", ANSWER_ROW, "_change", on_write, "Change fields of the row of %s that is linked" },
    { "delete", "delete", "405", ANSWER_REFUSED, NULL, on_delete, "Refused: a row of %s is not deleted by its link" },
    { .method = NULL },
};

static json_t *make_operation(const place *at, const operation *op)
{
    json_t *responses = json_object(), *out, *parameters = list_parameters(at);

    json_object_set_new(responses, op->status,
                        op->answer == ANSWER_ROW ? answer_row(at)
                        : op->answer == ANSWER_LIST ? answer_list(at)
                        : op->answer == ANSWER_REFUSED ? refer(at, "responses", "MethodNotAllowed", "")
                        : json_pack("{s:s}", "description", "nothing is left"));
    add_refusals(responses, at, op->refusals);
    if (op->answer == ANSWER_LIST) {
        json_array_append_new(parameters, refer(at, "parameters", "size", ""));
        json_array_append_new(parameters, refer(at, "parameters", "offset", ""));
        if (strchr(at->path, '{') == NULL)
            json_array_append_new(parameters, refer(at, "parameters", "tags", ""));
    }
    else if (strcmp(op->method, "post") != 0) {
        json_array_append_new(parameters, refer(at, "parameters", *op->method == 'g' ? "ifNoneMatch" : "ifMatch", ""));
    }
    out = json_pack("{s:s, s:s, s:[s], s:o, s:o}", "operationId",
                    apr_pstrcat(at->p, op->verb, "_", at->name, NULL), "summary",
                    apr_psprintf(at->p, op->summary, at->entity->name), "tags", at->entity->name, "parameters",
                    parameters, "responses", responses);
    if (op->body != NULL)
        add_body(out, at, op->body);
    return out;
}

static void add_path(json_t *paths, const place *at, const operation *operations)
{
    json_t *item = json_object();

    for (; operations->method != NULL; operations++)
        if (operations->body == NULL || !at->entity->is_server_made)
            json_object_set_new(item, operations->method, make_operation(at, operations));
    json_object_set_new(paths, at->path, item);
}

static const gw_entity *find_entity(const apr_array_header_t *entities, const char *name)
{
    int i;

    for (i = 0; i < entities->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(entities, i, const gw_entity *)->name, name) == 0)
            return APR_ARRAY_IDX(entities, i, const gw_entity *);
    return NULL;
}

static void add_nested(json_t *paths, const gw_entity *entity, const gw_entity *parent, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, parent->path, "/{", parent->name, "}/", entity->nested, NULL);
    place at = { .path = path, .entity = entity, .p = p,
                 .name = apr_pstrcat(p, parent->name, "_", entity->name, NULL) };

    add_path(paths, &at, of_many);
    at.path = apr_pstrcat(p, path, "/{", entity->name, "}", NULL);
    at.name = apr_pstrcat(p, "one_of_", at.name, NULL);
    add_path(paths, &at, of_one);
}

void gw_openapi_add_entity(json_t *paths, const gw_entity *entity, const apr_array_header_t *entities, apr_pool_t *p)
{
    const char *item = entity->path != NULL ? apr_pstrcat(p, entity->path, "/{", entity->name, "}", NULL) : NULL;
    const gw_field *field;

    if (item != NULL) {
        const place many = { .path = entity->path, .name = entity->name, .entity = entity, .p = p };
        const place one = { .path = item, .name = apr_pstrcat(p, "one_of_", entity->name, NULL), .entity = entity,
                            .p = p };

        add_path(paths, &many, of_many);
        add_path(paths, &one, of_one);
    }
    for (field = entity->schema->fields; field->name != NULL; field++) {
        const gw_entity *parent = field->type == GW_T_FOREIGN ? find_entity(entities, field->reference) : NULL;

        if (parent == NULL)
            continue;
        if (item != NULL && !(field->flags & GW_NO_LINK)) {
            const place link = { .path = apr_pstrcat(p, item, "/", field->name, NULL), .entity = parent, .p = p,
                                 .name = apr_pstrcat(p, field->name, "_of_", entity->name, NULL) };

            add_path(paths, &link, of_link);
        }
        if (entity->nested != NULL && parent->path != NULL)
            add_nested(paths, entity, parent, p);
    }
}

/* ---- information ---- */

static const struct { unsigned bit; const char *method; } methods[] = {
    { GW_GET, "get" }, { GW_POST, "post" }, { GW_PUT, "put" }, { GW_PATCH, "patch" }, { GW_DELETE, "delete" },
};

/* "/schemas/{name}/validate" and "post": "post_schemas_name_validate". */
static const char *make_id(const char *method, const char *path, apr_pool_t *p)
{
    char *id = apr_pstrcat(p, method, path[1] == '\0' ? "_root" : path, NULL), *out = id;
    const char *in;

    for (in = id; *in != '\0'; in++)
        if (apr_isalnum(*in))
            *out++ = *in;
        else if (out > id && out[-1] != '_' && in[1] != '\0')
            *out++ = '_';
    *out = '\0';
    return id;
}

/* What is answered beside the refusals; an API of old is none of the entities. */
static json_t *answer_info(const gw_info_path *info, const char *method)
{
    if (strcmp(method, "delete") == 0)
        return json_pack("{s:{s:s}}", "204", "description", "nothing is left");
    if (strcmp(info->path, "/robots.txt") == 0)
        return json_pack("{s:{s:s, s:{s:{s:{s:s}}}}}", "200", "description", "for crawlers", "content", "text/plain",
                         "schema", "type", "string");
    return json_pack("{s:{s:s, s:o}}", "2XX", "description", "as asked", "content",
                     make_content(json_pack("{s:s}", "type", "object")));
}

void gw_openapi_add_info(json_t *paths, const gw_info_path *info, apr_pool_t *p)
{
    const place at = { .path = info->path, .p = p };
    json_t *item = json_object();
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        const char *method = methods[i].method;
        json_t *responses, *out;

        if (!(info->methods & methods[i].bit))
            continue;
        responses = answer_info(info, method);
        add_refusals(responses, &at, methods[i].bit & (GW_POST | GW_PUT | GW_PATCH) ? on_write : on_read);
        out = json_pack("{s:s, s:s, s:[s], s:o, s:o}", "operationId", make_id(method, info->path, p), "summary",
                        apr_pstrcat(p, info->path, NULL), "tags", "information", "parameters", list_parameters(&at),
                        "responses", responses);
        if (methods[i].bit & (GW_POST | GW_PUT | GW_PATCH))
            add_body(out, &at, "");
        json_object_set_new(item, method, out);
    }
    json_object_set_new(paths, info->path, item);
}

/* ---- components ---- */

static const struct { const char *name, *text, *schema; } responses[] = {
    { "Refused", "the call is wrong: what, is told by code, name, message and fields", "error" },
    { "CrossSite", "another site's page asks", "message" },
    { "NotFound", "there is no such row, or no such path", "error" },
    { "MethodNotAllowed", "the path does not take this method", "message" },
    { "Conflict", "another row has this value already", "error" },
    { "Changed", "the row is not what If-Match says: the row as it is", "any" },
    { "TooLarge", "the body is too large", "message" },
    { "UnknownHost", "not under this name", "message" },
    { "Unavailable", "the database is away or busy; nothing was written", "message" },
};

static const struct { const char *name, *in, *key, *text, *schema; } parameters[] = {
    { "size", "query", "size", "rows of a page",
      "{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":100}" },
    { "offset", "query", "offset", "where the last page ended", "{\"type\":\"string\"}" },
    { "tags", "query", "tags", "a,b: rows with all of these tags; a/b: with any of them", "{\"type\":\"string\"}" },
    { "ifMatch", "header", "If-Match", "only if the row's version is one of these", "{\"type\":\"string\"}" },
    { "ifNoneMatch", "header", "If-None-Match", "304 if the row's version is one of these", "{\"type\":\"string\"}" },
};

json_t *gw_openapi_components(void)
{
    json_t *answers = json_object(), *inputs = json_object();
    size_t i;

    for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
        json_object_set_new(answers, responses[i].name,
                            json_pack("{s:s, s:o}", "description", responses[i].text, "content",
                                      make_content(json_pack("{s:o}", "$ref",
                                                             json_sprintf("#/components/schemas/%s",
                                                                          responses[i].schema)))));
    json_object_set_new(answers, "UnsupportedType", json_pack("{s:s}", "description", "no body that is understood"));
    for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
        json_object_set_new(inputs, parameters[i].name,
                            json_pack("{s:s, s:s, s:s, s:o}", "name", parameters[i].key, "in", parameters[i].in,
                                      "description", parameters[i].text, "schema",
                                      json_loads(parameters[i].schema, 0, NULL)));
    return json_pack("{s:o, s:o}", "responses", answers, "parameters", inputs);
}
