/* SPDX-License-Identifier: Apache-2.0 */
/* APIs of old: apart into a service and a route, together again, and what is wrong in the words of then. */
#include "legacy_errors.h"
#include "legacy_schema.h"
#include "schema.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>

static const char *text_of(json_t *value, apr_pool_t *p) /* steals */
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    const char *copy = text != NULL ? apr_pstrdup(p, text) : "none";

    free(text);
    json_decref(value);
    return copy;
}

/* What of the two rows a member of an API becomes. */
static const struct { const char *api, *service, *route, *why; } splits[] = {
    { "{}", "{}", "{\"paths\":null,\"protocols\":[\"http\",\"https\"]}", "nothing" },
    { "{\"name\":\"n\",\"id\":\"i\"}", "{\"id\":\"i\",\"name\":\"n\"}",
      "{\"id\":\"i\",\"name\":\"n\",\"paths\":null,\"protocols\":[\"http\",\"https\"]}", "names of both" },
    { "{\"uris\":[\"/\",\"/a/\",\"/a%20\",\"/b(.*)\",\"x\"]}", "{}",
      "{\"paths\":[\"/\",\"/a\",\"/a%20\",\"~/b(.*)\",\"x\"],\"protocols\":[\"http\",\"https\"]}", "uris" },
    { "{\"https_only\":true,\"strip_uri\":false}", "{}",
      "{\"paths\":null,\"protocols\":[\"https\"],\"strip_path\":false}", "https only" },
    { "{\"upstream_url\":\"u\",\"retries\":1,\"upstream_send_timeout\":2}",
      "{\"retries\":1,\"url\":\"u\",\"write_timeout\":2}", "{\"paths\":null,\"protocols\":[\"http\",\"https\"]}",
      "of the service" },
    { "{\"created_at\":1442426001999}", "{\"created_at\":1442426001}",
      "{\"created_at\":1442426001,\"paths\":null,\"protocols\":[\"http\",\"https\"]}", "seconds of milliseconds" },
};

#define WHEN "\"created_at\":1000,\"http_if_terminated\":false"
static const struct { const char *service, *route, *want, *why; } joins[] = {
    { "{\"protocol\":\"http\",\"host\":\"h\",\"port\":80,\"path\":null}", "{\"created_at\":1}",
      "{" WHEN ",\"https_only\":false,\"upstream_url\":\"http://h\"}", "the usual port" },
    { "{\"protocol\":\"https\",\"host\":\"::1\",\"port\":80,\"path\":\"/\"}", "{\"created_at\":1,\"hosts\":null}",
      "{" WHEN ",\"https_only\":false,\"upstream_url\":\"https://[::1]:80/\"}", "another port, IPv6" },
    { "{\"protocol\":\"http\",\"host\":\"h\",\"port\":80,\"retries\":7}",
      "{\"created_at\":1,\"paths\":[\"/a\",\"~/b(.*)\"],\"protocols\":[\"https\"],\"strip_path\":true}",
      "{" WHEN ",\"https_only\":true,\"retries\":7,\"strip_uri\":true,\"upstream_url\":\"http://h\","
      "\"uris\":[\"/a\",\"/b(.*)\"]}", "uris, retries" },
};

static const struct { const char *tags, *api, *want, *why; } tags[] = {
    { NULL, "{}", "[\"legacy-api\"]", "a new row" },
    { "[\"mine\",\"legacy-api\"]", "{\"http_if_terminated\":true}",
      "[\"mine\",\"legacy-api\",\"legacy-http-if-terminated\"]", "a switch that has no field" },
    { "[\"legacy-api\",\"legacy-http-if-terminated\",\"b\"]", "{\"http_if_terminated\":false}", "[\"legacy-api\",\"b\"]",
      "switched off" },
};

static const struct { const char *fields, *want, *why; } errors[] = {
    { "{\"name\":\"required field missing\"}", "{\"name\":\"name is required\"}", "required" },
    { "{\"config\":{\"a\":{\"b\":\"unknown field\"}}}", "{\"config.a.b\":\"b is an unknown field\"}", "nested" },
    { "{\"config\":{\"a\":[null,\"expected an integer\"]}}", "{\"config.a\":\"a is not a number\"}", "in a list" },
    { "{\"retries\":\"value should be between 0 and 5\"}", "{\"retries\":\"must be an integer between 0 and 5\"}",
      "a range" },
    { "{\"@entity\":[\"one\",\"two\"]}", "{\"message\":\"one\"}", "of the whole" },
    { "{\"consumer\":{\"id\":\"missing primary key\"}}", "{\"consumer_id\":\"consumer_id is not a valid uuid\"}",
      "of the consumer" },
    { "{\"x\":\"whatever else\"}", "{\"x\":\"whatever else\"}", "anything else" },
    { "{}", "{}", "nothing" },
};

static const struct { const char *fields, *row, *want, *why; } row_errors[] = {
    { "{\"paths\":[null,\"e\"]}", "{\"paths\":[\"/\",\"~/x\"]}",
      "{\"uris\":\"uri with value '/x' is invalid: e\"}", "a path, without its mark" },
    { "{\"hosts\":[\"invalid wildcard: must have at most one wildcard\"]}", "{\"hosts\":[\"*.*\"]}",
      "{\"hosts\":\"host with value '*.*' is invalid: Only one wildcard is allowed\"}", "a host" },
    { "{\"host\":\"e\",\"@entity\":[\"x\"]}", "{}", "{\"upstream_url\":\"upstream_url is not a url\"}",
      "a part of the url" },
    { "{\"hosts\":\"expected an array\"}", "{\"hosts\":5}",
      "{\"hosts\":\"host with value '' is invalid: Invalid hostname\"}", "no list at all" },
};

static const struct { const char *body, *row, *refused, *why; } plugins[] = {
    { "{\"name\":\"n\",\"config\":{},\"api_id\":\"i\"}", "{\"config\":{},\"name\":\"n\"}", "{}", "api_id is the path's" },
    { "{\"consumer_id\":\"i\"}", "{\"consumer\":{\"id\":\"i\"}}", "{}", "a consumer" },
    { "{\"consumer_id\":\"\"}", "{\"consumer\":null}", "{}", "no consumer" },
    { "{\"created_at\":1500}", "{\"created_at\":1}", "{}", "milliseconds" },
    { "{\"tags\":[]}", "{}", "{\"tags\":\"unknown field\"}", "nothing that came later" },
};

static json_t *parse(const char *text)
{
    return text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static void check_rows(apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < COUNT(splits); i++) {
        json_t *api = parse(splits[i].api), *service, *route;

        gw_legacy_split(&service, &route, api, p);
        is_str(text_of(service, p), splits[i].service, splits[i].why);
        is_str(text_of(route, p), splits[i].route, splits[i].why);
        json_decref(api);
    }
    for (i = 0; i < COUNT(joins); i++) {
        json_t *service = parse(joins[i].service), *route = parse(joins[i].route);

        is_str(text_of(gw_legacy_join(service, route, p), p), joins[i].want, joins[i].why);
        json_decref(service);
        json_decref(route);
    }
    for (i = 0; i < COUNT(tags); i++) {
        json_t *old = parse(tags[i].tags), *api = parse(tags[i].api);

        is_str(text_of(gw_legacy_tags(old, api), p), tags[i].want, tags[i].why);
        json_decref(old);
        json_decref(api);
    }
}

static void check_errors(apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < COUNT(errors); i++) {
        json_t *fields = parse(errors[i].fields);

        is_str(text_of(gw_legacy_errors(fields, p), p), errors[i].want, errors[i].why);
        json_decref(fields);
    }
    for (i = 0; i < COUNT(row_errors); i++) {
        json_t *fields = parse(row_errors[i].fields), *row = parse(row_errors[i].row);

        is_str(text_of(gw_legacy_row_errors(fields, row, p), p), row_errors[i].want, row_errors[i].why);
        json_decref(fields);
        json_decref(row);
    }
}

static void check_plugins(apr_pool_t *p)
{
    json_t *row = parse("{\"id\":\"i\",\"name\":\"n\",\"service\":{\"id\":\"s\"},\"consumer\":null,\"route\":null,"
                        "\"config\":{\"a\":null,\"b\":{\"c\":null,\"d\":0}},\"enabled\":true,\"created_at\":5,\"tags\":null}");
    size_t i;

    is_str(text_of(gw_legacy_plugin_show(row), p),
           "{\"api_id\":\"s\",\"config\":{\"b\":{\"d\":0}},\"created_at\":5000,\"enabled\":true,\"id\":\"i\",\"name\":\"n\"}",
           "a plugin is flat");
    json_decref(row);
    for (i = 0; i < COUNT(plugins); i++) {
        json_t *body = parse(plugins[i].body), *refused = json_object();

        is_str(text_of(gw_legacy_plugin_read(body, refused), p), plugins[i].row, plugins[i].why);
        is_str(text_of(refused, p), plugins[i].refused, plugins[i].why);
        json_decref(body);
    }
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    check_rows(p);
    check_errors(p);
    check_plugins(p);
    apr_pool_destroy(p);
    return done();
}
