/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_schema.c - the field table of APIs, and the two ways between one API and its two rows.
 */
#include "legacy_schema.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "schema.h"

/* http_if_terminated has no field of today; what it asked for is what GwTrustedProxies does anyway. */
#define IF_TERMINATED_TAG "legacy-http-if-terminated"

static const char *check_name(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *s;

    (void)field, (void)p;
    for (s = json_string_value(value); *s != '\0'; s++)
        if (!apr_isalnum(*s) && strchr(".-_~", *s) == NULL)
            return "name must only contain alphanumeric and '., -, _, ~' characters";
    return NULL;
}

static const char *check_upstream(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *url = json_string_value(value), *rest = strstr(url, "://");

    if (rest == NULL || rest == url)
        return "upstream_url is not a url";
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return "Supported protocols are HTTP and HTTPS";
    return gw_check_url(value, field, p) != NULL ? "upstream_url is not a url" : NULL;
}

#define LIST(name_, help_)                                                                                             \
    { .name = name_, .type = GW_T_ARRAY, .flags = GW_COMMA_LIST, .element = &word, .help = help_ }
#define SWITCH(name_, dflt_, help_) { .name = name_, .type = GW_T_BOOLEAN, .dflt = dflt_, .help = help_ }
#define TIMEOUT(name_, help_)                                                                                          \
    { .name = name_, .type = GW_T_INTEGER, .dflt = "60000", GW_BETWEEN(1, 2147483646), .help = help_ }

static const gw_field word = { .type = GW_T_STRING };
static const gw_field fields[] = {
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID, .help = "the id of its service and of its route" },
    { .name = "created_at", .type = GW_T_INTEGER, .help = "when it was made, milliseconds" },
    { .name = "name", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = check_name,
      .help = "the name of its service and of its route" },
    LIST("hosts", "hosts of its route"),
    LIST("uris", "paths of its route; other than plain ones are regular expressions"),
    LIST("methods", "methods of its route"),
    SWITCH("strip_uri", "true", "strip_path of its route"),
    SWITCH("https_only", "false", "only https"),
    SWITCH("http_if_terminated", "false", "kept, without effect: see GwTrustedProxies"),
    { .name = "upstream_url", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = check_upstream,
      .help = "url of its service" },
    SWITCH("preserve_host", "false", "preserve_host of its route"),
    { .name = "retries", .type = GW_T_INTEGER, .dflt = "5", GW_BETWEEN(0, 32767), .help = "retries of its service" },
    TIMEOUT("upstream_connect_timeout", "connect_timeout of its service, ms"),
    TIMEOUT("upstream_send_timeout", "write_timeout of its service, ms"),
    TIMEOUT("upstream_read_timeout", "read_timeout of its service, ms"),
    { .name = NULL }
};

const gw_schema gw_legacy_api_schema = { .name = "apis", .fields = fields, .help = "a service and a route in one" };

/* ---- an API apart ---- */

/* Members that only change their names. */
static const struct { const char *api, *row; int is_route; } renamed[] = {
    { "id", "id", 0 }, { "id", "id", 1 }, { "name", "name", 0 }, { "name", "name", 1 },
    { "upstream_url", "url", 0 }, { "retries", "retries", 0 },
    { "upstream_connect_timeout", "connect_timeout", 0 }, { "upstream_send_timeout", "write_timeout", 0 },
    { "upstream_read_timeout", "read_timeout", 0 },
    { "hosts", "hosts", 1 }, { "methods", "methods", 1 }, { "strip_uri", "strip_path", 1 },
    { "preserve_host", "preserve_host", 1 },
};

static int is_plain_path(const char *uri)
{
    for (; *uri != '\0'; uri++)
        if (!apr_isalnum(*uri) && strchr(".-_~/%", *uri) == NULL)
            return 0;
    return 1;
}

/* "/a/" is "/a"; what a plain path cannot hold makes it a regular expression. */
static json_t *make_path(const char *uri, apr_pool_t *p)
{
    size_t len = strlen(uri);

    if (!is_plain_path(uri))
        return json_string(apr_pstrcat(p, "~", uri, NULL));
    return json_stringn(uri, len > 1 && uri[len - 1] == '/' ? len - 1 : len);
}

static json_t *make_paths(const json_t *uris, apr_pool_t *p)
{
    json_t *paths = json_is_array(uris) ? json_array() : json_null();
    size_t i;

    for (i = 0; i < json_array_size(uris); i++) {
        const char *uri = json_string_value(json_array_get(uris, i));

        json_array_append_new(paths, uri != NULL ? make_path(uri, p) : json_null());
    }
    return paths;
}

void gw_legacy_split(json_t **service, json_t **route, const json_t *api, apr_pool_t *p)
{
    const json_t *created = json_object_get(api, "created_at");
    size_t i;

    *service = json_object();
    *route = json_object();
    for (i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
        json_t *value = json_object_get(api, renamed[i].api);

        if (value != NULL)
            json_object_set(renamed[i].is_route ? *route : *service, renamed[i].row, value);
    }
    json_object_set_new(*route, "paths", make_paths(json_object_get(api, "uris"), p));
    json_object_set_new(*route, "protocols", json_is_true(json_object_get(api, "https_only"))
                                                 ? json_pack("[s]", "https") : json_pack("[s, s]", "http", "https"));
    if (json_is_integer(created)) {
        json_object_set_new(*service, "created_at", json_integer(json_integer_value(created) / 1000));
        json_object_set_new(*route, "created_at", json_integer(json_integer_value(created) / 1000));
    }
}

static int has_tag(const json_t *tags, const char *tag)
{
    size_t i;

    for (i = 0; i < json_array_size(tags); i++)
        if (strcmp(json_string_value(json_array_get(tags, i)), tag) == 0)
            return 1;
    return 0;
}

json_t *gw_legacy_tags(const json_t *tags, const json_t *api)
{
    json_t *out = json_array();
    size_t i;

    for (i = 0; i < json_array_size(tags); i++)
        if (strcmp(json_string_value(json_array_get(tags, i)), IF_TERMINATED_TAG) != 0)
            json_array_append(out, json_array_get(tags, i));
    if (!has_tag(out, GW_LEGACY_TAG))
        json_array_append_new(out, json_string(GW_LEGACY_TAG));
    if (json_is_true(json_object_get(api, "http_if_terminated")))
        json_array_append_new(out, json_string(IF_TERMINATED_TAG));
    return out;
}

/* ---- and together again ---- */

int gw_legacy_is_api(const json_t *route)
{
    return has_tag(json_object_get(route, "tags"), GW_LEGACY_TAG);
}

static json_t *make_uris(const json_t *paths)
{
    json_t *uris = json_array();
    size_t i;

    for (i = 0; i < json_array_size(paths); i++) {
        const char *path = json_string_value(json_array_get(paths, i));

        json_array_append_new(uris, json_string(*path == '~' ? path + 1 : path));
    }
    return uris;
}

static json_t *make_url(const json_t *service, apr_pool_t *p)
{
    const char *protocol = json_string_value(json_object_get(service, "protocol"));
    const char *host = json_string_value(json_object_get(service, "host"));
    const char *path = json_string_value(json_object_get(service, "path"));
    int port = (int)json_integer_value(json_object_get(service, "port"));
    int is_usual = port == (strcmp(protocol, "https") == 0 ? 443 : 80), is_v6 = strchr(host, ':') != NULL;

    return json_string(apr_pstrcat(p, protocol, "://", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
                                   is_usual ? "" : apr_psprintf(p, ":%d", port), path != NULL ? path : "", NULL));
}

static json_t *make_moment(const json_t *row)
{
    return json_integer(json_integer_value(json_object_get(row, "created_at")) * 1000);
}

json_t *gw_legacy_join(const json_t *service, const json_t *route, apr_pool_t *p)
{
    const json_t *protocols = json_object_get(route, "protocols"), *paths = json_object_get(route, "paths");
    json_t *api = json_object();
    size_t i;

    for (i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
        json_t *value = json_object_get(renamed[i].is_route ? route : service, renamed[i].row);

        if (value != NULL && !json_is_null(value))
            json_object_set(api, renamed[i].api, value);
    }
    json_object_set_new(api, "created_at", make_moment(route));
    json_object_set_new(api, "upstream_url", make_url(service, p));
    json_object_set_new(api, "https_only",
                        json_boolean(json_array_size(protocols) == 1 && has_tag(protocols, "https")));
    json_object_set_new(api, "http_if_terminated",
                        json_boolean(has_tag(json_object_get(route, "tags"), IF_TERMINATED_TAG)));
    if (json_is_array(paths))
        json_object_set_new(api, "uris", make_uris(paths));
    return api;
}

/* ---- plugins ---- */

static json_t *without_nulls(json_t *value)
{
    json_t *out, *member;
    const char *name;

    if (!json_is_object(value))
        return json_incref(value);
    out = json_object();
    json_object_foreach(value, name, member)
        if (!json_is_null(member))
            json_object_set_new(out, name, without_nulls(member));
    return out;
}

static void set_parent(json_t *out, const json_t *row, const char *field, const char *name)
{
    json_t *id = json_object_get(json_object_get(row, field), "id");

    if (id != NULL)
        json_object_set(out, name, id);
}

json_t *gw_legacy_plugin_show(const json_t *row)
{
    json_t *out = json_object();

    json_object_set(out, "id", json_object_get(row, "id"));
    json_object_set(out, "name", json_object_get(row, "name"));
    set_parent(out, row, "service", "api_id");
    set_parent(out, row, "consumer", "consumer_id");
    json_object_set_new(out, "config", without_nulls(json_object_get(row, "config")));
    json_object_set(out, "enabled", json_object_get(row, "enabled"));
    json_object_set_new(out, "created_at", make_moment(row));
    return out;
}

json_t *gw_legacy_plugin_read(const json_t *body, json_t *refused)
{
    static const char *const kept[] = { "id", "name", "config", "enabled", NULL };
    json_t *row = json_object(), *value;
    const char *name;
    int i;

    json_object_foreach((json_t *)body, name, value) {
        for (i = 0; kept[i] != NULL && strcmp(kept[i], name) != 0; i++)
            ;
        if (kept[i] != NULL)
            json_object_set(row, name, value);
        else if (strcmp(name, "consumer_id") == 0)
            json_object_set_new(row, "consumer", json_is_string(value) && json_string_length(value) > 0
                                                     ? json_pack("{s:O}", "id", value) : json_null());
        else if (strcmp(name, "created_at") == 0 && json_is_integer(value))
            json_object_set_new(row, name, json_integer(json_integer_value(value) / 1000));
        else if (strcmp(name, "route_id") == 0 || strcmp(name, "service_id") == 0)
            json_object_set_new(refused, "message",
                                json_string("cannot configure plugin with api_id and one of route_id or service_id"));
        else if (strcmp(name, "api_id") != 0 && strcmp(name, "created_at") != 0)
            json_object_set_new(refused, name, json_string("unknown field"));
    }
    return row;
}
