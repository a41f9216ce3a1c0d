/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_service_test.c - bodies for services and what becomes of them.
 */
#include "entities_tap.h"

#define IF_PROTOCOL "\"@entity\":[\"failed conditional validation given value of field 'protocol'\"]"
#define NO_HOST "{\"host\":\"required field missing\"}"
#define NO_HOST_BAD_PATH "{\"host\":\"required field missing\",\"path\":\"should start with: /\"}"
#define PARTS(protocol, host, port, path)                                                                              \
    "{\"protocol\":\"" protocol "\",\"host\":\"" host "\",\"port\":" port ",\"path\":" path "}"

static const entity_case cases[] = {
    { JSON, { "{}", NO_HOST, NULL, "a host is all that is needed" } },
    { JSON, { "{\"host\":\"h\",\"name\":\"a b\"}",
              "{\"name\":\"invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, "
              "and ~\"}", NULL, "name" } },
    { JSON, { "{\"host\":\"h\",\"retries\":32768}", "{\"retries\":\"value should be between 0 and 32767\"}", NULL,
              "retries" } },
    { JSON, { "{\"host\":\"h\",\"retries\":null}", NULL, "{\"retries\":null}", "retries may be null" } },
    { JSON, { "{\"host\":\"h\",\"protocol\":\"ftp\"}",
              "{\"protocol\":\"expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp\"}", NULL,
              "protocol" } },
    { JSON, { "{\"host\":\"h\",\"protocol\":null}", "{\"protocol\":\"required field missing\"}", NULL,
              "protocol is required" } },
    { JSON, { "{\"host\":\"h:80\"}", "{\"host\":\"must not have a port\"}", NULL, "host with a port" } },
    { JSON, { "{\"host\":\"h/x\"}", "{\"host\":\"invalid value: h/x\"}", NULL, "host" } },
    { JSON, { "{\"host\":\"h\",\"port\":65536}", "{\"port\":\"value should be between 0 and 65535\"}", NULL, "port" } },
    { JSON, { "{\"host\":\"h\",\"port\":\"80\"}", "{\"port\":\"expected an integer\"}", NULL, "JSON is not coerced" } },
    { FORM, { "{\"host\":\"h\",\"port\":\"8080\"}", NULL, "{\"port\":8080}", "a form is" } },
    { JSON, { "{\"host\":\"h\",\"protocol\":\"https\"}", NULL, "{\"port\":80}", "80 for https too, without url" } },
    { JSON, { "{\"host\":\"h\",\"path\":\"a\"}", "{\"path\":\"should start with: /\"}", NULL, "path" } },
    { JSON, { "{\"host\":\"h\",\"path\":\"/a//b\"}", "{\"path\":\"must not have empty segments\"}", NULL,
              "empty segments" } },
    { JSON, { "{\"host\":\"h\",\"path\":\"/a b\"}",
              "{\"path\":\"invalid path: '/a b' (characters outside of the reserved list of RFC 3986 found)\"}", NULL,
              "characters of a path" } },
    { JSON, { "{\"host\":\"h\",\"path\":\"/%zz\"}", "{\"path\":\"invalid url-encoded value: '%zz'\"}", NULL,
              "percent" } },
    { JSON, { "{\"host\":\"h\",\"read_timeout\":0}", "{\"read_timeout\":\"value should be between 1 and 2147483646\"}",
              NULL, "timeouts" } },
    { JSON, { "{\"host\":\"h\",\"write_timeout\":2147483647}",
              "{\"write_timeout\":\"value should be between 1 and 2147483646\"}", NULL, "largest timeout" } },
    { JSON, { "{\"host\":\"h\",\"tags\":[\"a\",\"b,c\"]}",
              "{\"tags\":[null,\"invalid tag 'b,c': expected printable ascii (except `,` and `/`) or valid utf-8 "
              "sequences\"]}", NULL, "tags" } },
    { JSON, { "{\"host\":\"h\",\"protocol\":\"tcp\",\"path\":\"/a\"}",
              "{\"path\":\"value must be null\"," IF_PROTOCOL "}", NULL, "no path for tcp" } },
    { JSON, { "{\"host\":\"h\",\"client_certificate\":{\"id\":\"" ID "\"}}",
              "{\"client_certificate\":\"value must be null\"," IF_PROTOCOL "}", NULL, "no certificate without tls" } },
    { JSON, { "{\"host\":\"h\",\"tls_verify\":true}", "{\"tls_verify\":\"value must be null\"," IF_PROTOCOL "}", NULL,
              "no verification without tls" } },
    { JSON, { "{\"host\":\"h\",\"tls_verify_depth\":1}",
              "{\"tls_verify_depth\":\"value must be null\"," IF_PROTOCOL "}", NULL, "no depth without tls" } },
    { JSON, { "{\"host\":\"h\",\"ca_certificates\":[\"" ID "\"]}",
              "{\"ca_certificates\":\"value must be null\"," IF_PROTOCOL "}", NULL, "no authorities without tls" } },
    { JSON, { "{\"host\":\"h\",\"protocol\":\"https\",\"tls_verify\":true,\"tls_verify_depth\":64,"
              "\"ca_certificates\":[\"" ID "\"],\"client_certificate\":{\"id\":\"" ID "\"}}", NULL,
              "{\"client_certificate\":{\"id\":\"" ID "\"}}", "all of them with https" } },
    { JSON, { "{\"host\":\"h\",\"protocol\":\"https\",\"ca_certificates\":[\"x\"]}",
              "{\"ca_certificates\":[\"expected a valid UUID\"]}", NULL, "authorities are ids" } },
    { JSON, { "{\"host\":\"h\",\"protocol\":\"https\",\"tls_verify_depth\":65}",
              "{\"tls_verify_depth\":\"value should be between 0 and 64\"}", NULL, "depth" } },
    { JSON, { "{\"host\":\"h\",\"enabled\":null}", "{\"enabled\":\"required field missing\"}", NULL, "enabled" } },
    { JSON, { "{\"host\":\"h\",\"upstream_url\":\"x\"}", "{\"upstream_url\":\"unknown field\"}", NULL, "unknown" } },

    { JSON, { "{\"url\":\"http://h:5000/p\"}", NULL, PARTS("http", "h", "5000", "\"/p\""), "url in four parts" } },
    { FORM, { "{\"url\":\"http://0.0.0.0:5000\"}", NULL, PARTS("http", "0.0.0.0", "5000", "null"), "no path is null" } },
    { JSON, { "{\"url\":\"http://h/\"}", NULL, PARTS("http", "h", "80", "\"/\""), "a slash is a path" } },
    { JSON, { "{\"url\":\"https://h\"}", NULL, PARTS("https", "h", "443", "null"), "443 by scheme" } },
    { JSON, { "{\"url\":\"http://h:443\"}", NULL, PARTS("http", "h", "443", "null"), "an odd port is kept" } },
    { JSON, { "{\"url\":\"//h:443/a\"}", NULL, PARTS("https", "h", "443", "\"/a\""), "scheme by port 443" } },
    { JSON, { "{\"url\":\"//h:80\"}", NULL, PARTS("http", "h", "80", "null"), "scheme by port 80" } },
    { JSON, { "{\"url\":\"//h:8443\"}", NULL, PARTS("http", "h", "8443", "null"), "else http" } },
    { JSON, { "{\"url\":\"HTTP://h\"}", NULL, PARTS("http", "h", "80", "null"), "schemes know no case" } },
    { JSON, { "{\"url\":\"http://h/a?b=c#d\"}", NULL, PARTS("http", "h", "80", "\"/a\""),
              "query and fragment are dropped" } },
    { JSON, { "{\"url\":\"http://h?b=c\"}", NULL, PARTS("http", "h", "80", "null"), "a query behind the host" } },
    { JSON, { "{\"url\":\"http://u:p@h:81/\"}", NULL, PARTS("http", "h", "81", "\"/\""), "user and password are" } },
    { JSON, { "{\"url\":\"http://[::1]:81/\"}", NULL, PARTS("http", "::1", "81", "\"/\""), "IPv6" } },
    { JSON, { "{\"url\":\"http://h:/\"}", NULL, PARTS("http", "h", "80", "\"/\""), "an empty port is none" } },
    { JSON, { "{\"url\":\"tcp://h:1\"}", NULL, PARTS("tcp", "h", "1", "null"), "other protocols" } },
    { JSON, { "{\"url\":\"http://h:5000/p\",\"port\":1,\"path\":\"/q\"}", NULL,
              PARTS("http", "h", "5000", "\"/p\""), "url wins over what stands beside it" } },
    { JSON, { "{\"url\":\"http://h:x\"}", "{\"port\":\"expected an integer\"}", NULL, "a port that is none" } },
    { JSON, { "{\"url\":\"http://h:99999999999999999999\"}", "{\"port\":\"expected an integer\"}", NULL, "a huge one" } },
    { JSON, { "{\"url\":\"http://h:65536\"}", "{\"port\":\"value should be between 0 and 65535\"}", NULL, "a big one" } },
    { JSON, { "{\"url\":\"invalid url\"}", NO_HOST_BAD_PATH, NULL, "not a url" } },
    { JSON, { "{\"url\":\" \"}", NO_HOST_BAD_PATH, NULL, "a space" } },
    { JSON, { "{\"url\":\"\"}", "{\"url\":\"length must be at least 1\"}", NULL, "the empty url" } },
    { FORM, { "{\"url\":\"\"}", NO_HOST, NULL, "url=" } },
    { JSON, { "{\"url\":1}", "{\"url\":\"expected a string\"}", NULL, "url is text" } },
    { JSON, { "{\"url\":\"ftp://h\"}",
              "{\"protocol\":\"expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp\"}", NULL,
              "a scheme that is none of ours" } },
};

static const schema_case patch_url = { "{\"url\":\"https://other\"}", NULL, PARTS("https", "other", "443", "null"),
                                       "url in a PATCH overwrites all four" };
static const schema_case patch_host = { "{\"host\":null}", NO_HOST, NULL, "a PATCH cannot take the host" };

static void check_messages(void)
{
    json_t *row = parse("{\"url\":\"invalid url\"}");
    const gw_error *err = gw_schema_process(gw_entity_services.schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE,
                                            NOW, pool);

    is_str(err->message, "2 schema violations (host: required field missing; path: should start with: /)",
           "the sentence of the contract");
    json_decref(row);
}

static void check_compiled(void)
{
    json_t *row = parse("{\"id\":\"" ID "\",\"host\":\"h\",\"name\":\"n\",\"read_timeout\":7}");
    gw_arena *arena = gw_arena_make(0);
    gw_service service = { .tls_verify = -1, .tls_verify_depth = -1 };

    gw_schema_process(gw_entity_services.schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);
    gw_schema_compile(gw_entity_services.schema, row, &service, arena);
    is_str(service.id, ID, "compiled id");
    is_str(service.host, "h", "compiled host");
    is_str(service.protocol, "http", "compiled protocol");
    is_int(service.port, 80, "compiled port");
    is_int(service.read_timeout, 7, "compiled timeout");
    is_int(service.enabled, 1, "compiled enabled");
    ok(service.tls_verify == -1 && service.tls_verify_depth == -1 && service.path == NULL, "null leaves what was there");
    gw_arena_destroy(arena);
    json_decref(row);
}

int main(void)
{
    begin();
    run_entity_cases(&gw_entity_services, cases, COUNT(cases));
    run_patch(&gw_entity_services, "{\"url\":\"http://h:5000/p\"}", &patch_url);
    run_patch(&gw_entity_services, "{\"url\":\"http://h:5000/p\"}", &patch_host);
    is_shown(&gw_entity_services, "{\"id\":\"" ID "\",\"url\":\"http://h/p\"}",
             "{\"id\":\"" ID "\",\"created_at\":1700000000,\"updated_at\":1700000000,\"name\":null,\"retries\":5,"
             "\"protocol\":\"http\",\"host\":\"h\",\"port\":80,\"path\":\"/p\",\"connect_timeout\":60000,"
             "\"write_timeout\":60000,\"read_timeout\":60000,\"tags\":null,\"client_certificate\":null,"
             "\"tls_verify\":null,\"tls_verify_depth\":null,\"ca_certificates\":null,\"enabled\":true}",
             "what clients see");
    check_messages();
    check_compiled();
    return end();
}
