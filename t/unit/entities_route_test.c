/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_route_test.c - bodies for routes and what becomes of them.
 */
#include "entities_tap.h"

#define START "should start with: / (fixed path) or ~/ (regex path)"
#define ENTITY(text) "{\"@entity\":[\"" text "\"]}"
#define NEEDS_HTTPS                                                                                                    \
    ENTITY("must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'")
#define TCP_TEXT(field)                                                                                                \
    "\"" field "\":\"cannot set '" field "' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'\""
#define PROTOCOL(p) "\"protocols\":[\"" p "\"]"
#define WILDCARD_PLACE "invalid wildcard: must be placed at leftmost or rightmost label"

static const entity_case cases[] = {
    { JSON, { "{}", NEEDS_HTTPS, NULL, "nothing to match on" } },
    { JSON, { "{\"paths\":[],\"hosts\":null,\"headers\":{}}", NEEDS_HTTPS, NULL, "empty is nothing" } },
    { JSON, { "{" PROTOCOL("http") "}",
              ENTITY("must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'"), NULL,
              "http only" } },
    { JSON, { "{" PROTOCOL("grpcs") "}",
              ENTITY("must set one of 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'grpcs'"), NULL,
              "grpcs" } },
    { JSON, { "{" PROTOCOL("grpc") "}",
              ENTITY("must set one of 'hosts', 'headers', 'paths' when 'protocols' is 'grpc'"), NULL, "grpc" } },
    { JSON, { "{" PROTOCOL("tcp") "}",
              ENTITY("must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'"),
              NULL, "tcp" } },
    { JSON, { "{" PROTOCOL("tls_passthrough") "}",
              ENTITY("must set snis when 'protocols' is 'tls_passthrough'"), NULL, "tls_passthrough" } },
    { JSON, { "{\"protocols\":[],\"paths\":[\"/\"]}", "{\"protocols\":\"length must be at least 1\"}", NULL,
              "no protocol" } },
    { JSON, { "{\"protocols\":null,\"paths\":[\"/\"]}", "{\"protocols\":\"required field missing\"}", NULL,
              "protocols are required" } },
    { JSON, { "{\"protocols\":[\"ftp\"],\"paths\":[\"/\"]}",
              "{\"protocols\":[\"expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp\"]}", NULL,
              "unknown protocol" } },
    { JSON, { "{\"protocols\":[\"http\",\"tcp\"],\"paths\":[\"/\"]}",
              "{\"protocols\":\"these sets are mutually exclusive: ('http', 'https'), ('tcp', 'tls', 'udp')\"}", NULL,
              "families do not mix" } },
    { JSON, { "{\"methods\":[\"GET\",\"get\"]}", "{\"methods\":[null,\"invalid value: get\"]}", NULL, "methods" } },
    { JSON, { "{\"hosts\":[\"*.a.com\",\"a.*\",\"a.com:80\"]}", NULL, "{\"paths\":null}", "hosts" } },
    { JSON, { "{\"hosts\":[\"*.*\"]}", "{\"hosts\":[\"invalid wildcard: must have at most one wildcard\"]}", NULL,
              "two wildcards" } },
    { JSON, { "{\"hosts\":[\"api.*.com\"]}", "{\"hosts\":[\"" WILDCARD_PLACE "\"]}", NULL,
              "a wildcard in the middle" } },
    { JSON, { "{\"hosts\":[\"a b\"]}", "{\"hosts\":[\"invalid hostname: a b\"]}", NULL, "not a host" } },
    { JSON, { "{\"hosts\":[\"a:99999\"]}", "{\"hosts\":[\"invalid port number\"]}", NULL, "not a port" } },
    { JSON, { "{\"hosts\":\"a\"}", "{\"hosts\":\"expected an array\"}", NULL, "hosts are a list" } },
    { FORM, { "{\"hosts\":\"a.com,b.com\"}", NULL, "{\"hosts\":[\"a.com\",\"b.com\"]}", "a comma list in a form" } },
    { FORM, { "{\"paths\":\"/a, /b\",\"methods\":\"GET,POST\"}", NULL,
              "{\"paths\":[\"/a\",\"/b\"],\"methods\":[\"GET\",\"POST\"]}", "paths and methods too" } },
    { FORM, { "{\"paths\":\"~/a{1,2}$\"}", NULL, "{\"paths\":[\"~/a{1,2}$\"]}", "a regex keeps its commas" } },
    { JSON, { "{\"paths\":[\"a\"]}", "{\"paths\":[\"" START "\"]}", NULL, "a path's start" } },
    { JSON, { "{\"paths\":[\"~a\"]}", "{\"paths\":[\"" START "\"]}", NULL, "a regex's start" } },
    { JSON, { "{\"paths\":[\"/a//b\"]}", "{\"paths\":[\"must not have empty segments\"]}", NULL, "empty segments" } },
    { JSON, { "{\"paths\":[\"/a/../b\"]}", "{\"paths\":[\"non-normalized path, consider use '/b' instead\"]}", NULL,
              "dot segments" } },
    { JSON, { "{\"paths\":[\"/%61\"]}", "{\"paths\":[\"non-normalized path, consider use '/a' instead\"]}", NULL,
              "needless triplets" } },
    { JSON, { "{\"paths\":[\"/a%2\"]}", "{\"paths\":[\"invalid url-encoded value: '%2'\"]}", NULL, "percent" } },
    { JSON, { "{\"paths\":[\"/a\\n\"]}",
              "{\"paths\":[\"invalid path: '/a\\n' (characters outside of the reserved list of RFC 3986 found)\"]}",
              NULL, "control characters" } },
    { JSON, { "{\"paths\":[\"/a\\u007f\"]}",
              "{\"paths\":[\"invalid path: '/a\\u007f' (characters outside of the reserved list of RFC 3986 found)\"]}",
              NULL, "DEL is one" } },
    { JSON, { "{\"paths\":[\"~/a//b\",\"~a\"]}",
              "{\"paths\":[\"must not have empty segments\",\"should start with: / (fixed path) or ~/ (regex path)\"]}",
              NULL, "a regex path, too, has no empty segments and begins with a slash" } },
    { JSON, { "{\"paths\":[\"~/(\"]}",
              "{\"paths\":[\"invalid regex: '/(' (PCRE returned: missing closing parenthesis)\"]}", NULL,
              "a regex that is none" } },
    { JSON, { "{\"paths\":[\"~/a\\\\d+$\",\"/%2F\"]}", NULL, "{\"paths\":[\"~/a\\\\d+$\",\"/%2F\"]}", "paths" } },
    { JSON, { "{\"headers\":{\"x-a\":[\"1\",\"~*2\"]}}", NULL, "{\"headers\":{\"x-a\":[\"1\",\"~*2\"]}}", "headers" } },
    { FORM, { "{\"headers\":{\"location\":\"x\"}}", NULL, "{\"headers\":{\"location\":[\"x\"]}}",
                  "headers in a form" } },
    { JSON, { "{\"headers\":{\"HOST\":[\"a\"]}}",
              "{\"headers\":\"cannot contain 'host' header, which must be specified in the 'hosts' attribute\"}", NULL,
              "Host is no header here" } },
    { JSON, { "{\"headers\":{\"a b\":[\"a\"]}}",
              "{\"headers\":\"bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'\"}", NULL,
              "header names" } },
    { JSON, { "{\"headers\":{\"a\":\"a\"}}", "{\"headers\":\"expected an array\"}", NULL, "header values" } },
    { JSON, { "{\"paths\":[\"/\"],\"https_redirect_status_code\":300}",
              "{\"https_redirect_status_code\":\"expected one of: 426, 301, 302, 307, 308\"}", NULL, "redirect" } },
    { FORM, { "{\"paths\":\"/\",\"https_redirect_status_code\":\"308\"}", NULL,
              "{\"https_redirect_status_code\":308}", "redirect in a form" } },
    { JSON, { "{\"paths\":[\"/\"],\"regex_priority\":-5}", NULL, "{\"regex_priority\":-5}", "negative priority" } },
    { JSON, { "{\"paths\":[\"/\"],\"path_handling\":\"v2\"}", "{\"path_handling\":\"expected one of: v0, v1\"}", NULL,
              "path_handling" } },
    { JSON, { "{\"paths\":[\"/\"],\"path_handling\":\"v1\"}", NULL, "{\"path_handling\":\"v1\"}", "v1 is taken" } },
    { JSON, { "{\"snis\":[\"a.com\"]}", NULL, "{\"snis\":[\"a.com\"]}", "snis" } },
    { JSON, { "{\"snis\":[\"127.0.0.1\",\"a.com:1\",\"a b\"]}",
              "{\"snis\":[\"must not be an IP\",\"must not have a port\",\"invalid value: a b\"]}", NULL,
              "what is no sni" } },
    { JSON, { "{" PROTOCOL("http") ",\"paths\":[\"/\"],\"snis\":[\"a.com\"]}",
              "{\"snis\":\"length must be 0\",\"@entity\":[\"'snis' can only be set when 'protocols' is 'grpcs', "
              "'https', 'tls' or 'tls_passthrough'\"]}", NULL, "no sni without tls" } },
    { JSON, { "{\"paths\":[\"/\"],\"sources\":[{\"ip\":\"1.2.3.4\"}],\"destinations\":[{\"port\":1}]}",
              "{\"sources\":\"cannot set 'sources' when 'protocols' is 'http' or 'https'\","
              "\"destinations\":\"cannot set 'destinations' when 'protocols' is 'http' or 'https'\"}", NULL,
              "no sources for http" } },
    { JSON, { "{" PROTOCOL("tcp") ",\"sources\":[{\"ip\":\"10.0.0.0/8\"},{\"port\":1}]}", NULL,
              "{\"sources\":[{\"ip\":\"10.0.0.0/8\",\"port\":null},{\"ip\":null,\"port\":1}]}", "sources for tcp" } },
    { JSON, { "{" PROTOCOL("tcp") ",\"sources\":[{\"ip\":\"x\"},{},null]}",
              "{\"sources\":[{\"ip\":\"invalid ip or cidr range: 'x'\"},"
              "{\"@entity\":[\"at least one of these fields must be non-empty: 'ip', 'port'\"]},"
              "\"required field missing\"]}", NULL, "what is no source" } },
    { JSON, { "{" PROTOCOL("tls") ",\"snis\":[\"a.com\"],\"methods\":[\"GET\"],\"hosts\":[\"a\"],\"paths\":[\"/\"],"
              "\"headers\":{\"a\":[\"b\"]}}",
              "{" TCP_TEXT("methods") "," TCP_TEXT("hosts") "," TCP_TEXT("paths") "," TCP_TEXT("headers") "}", NULL,
              "tcp routes know no HTTP" } },
    { JSON, { "{" PROTOCOL("grpc") ",\"paths\":[\"/\"]}", NULL, "{\"strip_path\":false}", "grpc strips nothing" } },
    { JSON, { "{" PROTOCOL("grpc") ",\"paths\":[\"/\"],\"strip_path\":true,\"methods\":[\"GET\"]}",
              "{\"strip_path\":\"cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'\","
              "\"methods\":\"cannot set 'methods' when 'protocols' is 'grpc' or 'grpcs'\"}", NULL,
              "and must not be told to" } },
    { JSON, { "{\"paths\":[\"/\"],\"strip_path\":null}", "{\"strip_path\":\"required field missing\"}", NULL,
              "strip_path is required" } },
    { JSON, { "{\"paths\":[\"/\"],\"service\":\"" ID "\"}", "{\"service\":{\"id\":\"missing primary key\"}}", NULL,
              "a bare service" } },
    { JSON, { "{\"paths\":[\"/\"],\"service\":{\"id\":\"" ID "\"}}", NULL, "{\"service\":{\"id\":\"" ID "\"}}",
              "service" } },
    { FORM, { "{\"paths\":\"/\",\"service_id\":\"" ID "\"}", NULL, "{\"service\":{\"id\":\"" ID "\"}}",
              "the old name of service" } },
    { JSON, { "{\"paths\":[\"/\"],\"service_id\":\"x\"}", "{\"service_id\":\"expected a valid UUID\"}", NULL,
              "reported under the old name" } },
    { FORM, { "{\"paths\":\"/\",\"service\":\"\"}", NULL, "{\"service\":null}", "no service" } },
};

static const schema_case patches[] = {
    { "{\"paths\":null}", NEEDS_HTTPS, NULL, "a PATCH cannot take the last thing to match on" },
    { "{\"hosts\":[\"a.com\"],\"paths\":null}", NULL, "{\"hosts\":[\"a.com\"],\"paths\":null}", "but change it" },
    { "{\"protocols\":[\"grpc\"]}",
      "{\"strip_path\":\"cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'\"}", NULL,
      "the whole row is judged" },
    { "{\"headers\":{\"a\":[\"b\"]}}", NULL, "{\"headers\":{\"a\":[\"b\"]},\"paths\":[\"/p\"]}", "the rest stays" },
};

static void check_compiled(void)
{
    json_t *row = parse("{\"id\":\"" ID "\",\"created_at\":5,\"paths\":[\"/a\",\"~/b\"],\"service_id\":\"" ID "\"}");
    gw_arena *arena = gw_arena_make(0);
    gw_route route = { 0 };

    gw_schema_process(gw_entity_routes.schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);
    gw_schema_compile(gw_entity_routes.schema, row, &route, arena);
    is_str(route.id, ID, "compiled id");
    is_int(route.created_at, 5, "compiled created_at");
    ok(route.paths.n == 2 && strcmp(route.paths.v[1], "~/b") == 0, "compiled paths");
    ok(!route.hosts.set && !route.methods.set, "null lists");
    is_int(route.https_redirect_status_code, 426, "compiled redirect");
    ok(route.strip_path && !route.preserve_host && route.request_buffering, "compiled booleans");
    is_str(route.service_id, ID, "compiled service");
    is_int(gw_protocols_parse(json_object_get(row, "protocols")), GW_PROTO_HTTP | GW_PROTO_HTTPS, "protocols as bits");
    gw_arena_destroy(arena);
    json_decref(row);
}

int main(void)
{
    size_t i;

    begin();
    run_entity_cases(&gw_entity_routes, cases, COUNT(cases));
    for (i = 0; i < COUNT(patches); i++)
        run_patch(&gw_entity_routes, "{\"paths\":[\"/p\"]}", &patches[i]);
    is_shown(&gw_entity_routes, "{\"id\":\"" ID "\",\"paths\":[\"/p\"],\"service\":{\"id\":\"" ID "\"}}",
             "{\"id\":\"" ID "\",\"created_at\":1700000000,\"updated_at\":1700000000,\"name\":null,"
             "\"protocols\":[\"http\",\"https\"],\"methods\":null,\"hosts\":null,\"paths\":[\"/p\"],\"headers\":null,"
             "\"https_redirect_status_code\":426,\"regex_priority\":0,\"strip_path\":true,\"path_handling\":\"v0\","
             "\"preserve_host\":false,\"request_buffering\":true,\"response_buffering\":true,\"snis\":null,"
             "\"sources\":null,\"destinations\":null,\"tags\":null,\"service\":{\"id\":\"" ID "\"}}",
             "what clients see");
    check_compiled();
    return end();
}
