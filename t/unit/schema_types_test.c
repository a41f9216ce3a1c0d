/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_types_test.c - every ready-made check with its texts: {check, value, message or NULL}.
 */
#include "schema_tap.h"

#include "text.h"

#define ONLY "': the only accepted ascii characters are alphanumerics or ., -, _, and ~"
#define TAG "': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"
#define HEADER "', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
#define RFC3986 "' (characters outside of the reserved list of RFC 3986 found)"
#define PLACED "invalid wildcard: must be placed at leftmost or rightmost label"

static const struct {
    gw_check_fn *check;
    const char *value, *want;
} cases[] = {
    { gw_check_name, "a-b_c.d~1", NULL },
    { gw_check_name, "gr\xc3\xbc\xc3\x9f", NULL },
    { gw_check_name, "a b", "invalid value 'a b" ONLY },
    { gw_check_name, "a/b", "invalid value 'a/b" ONLY },
    { gw_check_tag, "a b:c", NULL },
    { gw_check_tag, "gr\xc3\xbc\xc3\x9f", NULL },
    { gw_check_tag, "a,b", "invalid tag 'a,b" TAG },
    { gw_check_tag, "a/b", "invalid tag 'a/b" TAG },
    { gw_check_tag, "a\tb", "invalid tag 'a\tb" TAG },
    { gw_check_host, "example.com", NULL },
    { gw_check_host, "example.com.", NULL },
    { gw_check_host, "my_host-1", NULL },
    { gw_check_host, "0.0.0.0", NULL },
    { gw_check_host, "::1", NULL },
    { gw_check_host, "[::1]", NULL },
    { gw_check_host, "example.com:80", "must not have a port" },
    { gw_check_host, "127.0.0.1:80", "must not have a port" },
    { gw_check_host, "[::1]:80", "must not have a port" },
    { gw_check_host, "example.com:99999", "invalid value: example.com:99999" },
    { gw_check_host, "example.com:", "invalid value: example.com:" },
    { gw_check_host, "a b", "invalid value: a b" },
    { gw_check_host, "a..b", "invalid value: a..b" },
    { gw_check_host, ".a", "invalid value: .a" },
    { gw_check_host, "a-.b", "invalid value: a-.b" },
    { gw_check_host, "a-", "invalid value: a-" },
    { gw_check_host, "1.2.3", "invalid value: 1.2.3" },
    { gw_check_host, "1.2.3.256", "invalid value: 1.2.3.256" },
    { gw_check_host, "::g", "invalid value: ::g" },
    { gw_check_host, "[::1", "invalid value: [::1" },
    { gw_check_host, "[::1]x", "invalid value: [::1]x" },
    { gw_check_host, "http://a", "invalid value: http://a" },
    { gw_check_sni, "example.com", NULL },
    { gw_check_sni, "127.0.0.1", "must not be an IP" },
    { gw_check_sni, "::1", "must not be an IP" },
    { gw_check_sni, "example.com:80", "must not have a port" },
    { gw_check_sni, "a/b", "invalid value: a/b" },
    { gw_check_host_pattern, "example.com", NULL },
    { gw_check_host_pattern, "example.com:8080", NULL },
    { gw_check_host_pattern, "*.example.com", NULL },
    { gw_check_host_pattern, "example.*", NULL },
    { gw_check_host_pattern, "*.example.com:80", NULL },
    { gw_check_host_pattern, "example.*:80", NULL },
    { gw_check_host_pattern, "[::1]:80", NULL },
    { gw_check_host_pattern, "*.a.*", "invalid wildcard: must have at most one wildcard" },
    { gw_check_host_pattern, "api.*.com", PLACED },
    { gw_check_host_pattern, "*example.com", PLACED },
    { gw_check_host_pattern, "example*", PLACED },
    { gw_check_host_pattern, "a.*b", PLACED },
    { gw_check_host_pattern, "*", PLACED },
    { gw_check_host_pattern, "example.com:65536", "invalid port number" },
    { gw_check_host_pattern, "example.com:x", "invalid hostname: example.com:x" },
    { gw_check_host_pattern, "my-api.com/com", "invalid hostname: my-api.com/com" },
    { gw_check_host_pattern, "*.-", "invalid hostname: *.-" },
    { gw_check_path, "/", NULL },
    { gw_check_path, "/a-._~!$&'()*+,;=:@/%20", NULL },
    { gw_check_path, "a", "should start with: /" },
    { gw_check_path, "/a//b", "must not have empty segments" },
    { gw_check_path, "/a b", "invalid path: '/a b" RFC3986 },
    { gw_check_path, "/a?b", "invalid path: '/a?b" RFC3986 },
    { gw_check_path, "/\xc3\xbc", "invalid path: '/\xc3\xbc" RFC3986 },
    { gw_check_path, "/%zz", "invalid url-encoded value: '%zz'" },
    { gw_check_path, "/a%2", "invalid url-encoded value: '%2'" },
    { gw_check_path, "/%41%4", "invalid url-encoded value: '%4'" },
    { gw_check_header_name, "X-Api_Key1", NULL },
    { gw_check_header_name, "x y", "bad header name 'x y" HEADER },
    { gw_check_header_name, "x:", "bad header name 'x:" HEADER },
    { gw_check_http_method, "GET", NULL },
    { gw_check_http_method, "CUSTOM", NULL },
    { gw_check_http_method, "get", "invalid value: get" },
    { gw_check_http_method, "M-SEARCH", "invalid value: M-SEARCH" },
    { gw_check_ip_or_cidr, "127.0.0.1", NULL },
    { gw_check_ip_or_cidr, "10.0.0.0/8", NULL },
    { gw_check_ip_or_cidr, "0.0.0.0/0", NULL },
    { gw_check_ip_or_cidr, "::1/128", NULL },
    { gw_check_ip_or_cidr, "10.0.0.0/33", "invalid ip or cidr range: '10.0.0.0/33'" },
    { gw_check_ip_or_cidr, "::1/129", "invalid ip or cidr range: '::1/129'" },
    { gw_check_ip_or_cidr, "10.0.0.0/", "invalid ip or cidr range: '10.0.0.0/'" },
    { gw_check_ip_or_cidr, "10.0.0.0/x", "invalid ip or cidr range: '10.0.0.0/x'" },
    { gw_check_ip_or_cidr, "localhost", "invalid ip or cidr range: 'localhost'" },
    { gw_check_regex, "^a+$", NULL },
    { gw_check_regex, "(", "not a valid regex: (" },
    { gw_check_url, "http://example.com", NULL },
    { gw_check_url, "HTTPS://user@example.com:8443/a?b#c", NULL },
    { gw_check_url, "http://[::1]:80/", NULL },
    { gw_check_url, "example.com", "missing scheme in url" },
    { gw_check_url, "ftp://example.com", "missing scheme in url" },
    { gw_check_url, "http:///a", "missing host in url" },
    { gw_check_url, "http://:80/", "missing host in url" },
    { gw_check_url, "http://a..b/", "invalid host in url: a..b" },
    { gw_check_url, "http://a/ b", "invalid value: http://a/ b" },
};

static void check_generators(void)
{
    json_t *uuid = gw_generate_uuid(NOW), *other = gw_generate_uuid(NOW), *now = gw_generate_now(NOW + 999999);
    json_t *key = gw_generate_key(NOW);
    const char *text = json_string_value(key);

    ok(gw_uuid_is(json_string_value(uuid)) && !json_equal(uuid, other), "uuids differ");
    is_int(json_integer_value(now), 1700000000, "seconds");
    ok(strlen(text) == 32 && strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == 32,
       "32 alphanumerics");
    json_decref(key);
    json_decref(now);
    json_decref(other);
    json_decref(uuid);
}

int main(void)
{
    const gw_field field = { .type = GW_T_STRING };
    size_t i;

    begin();
    for (i = 0; i < COUNT(cases); i++) {
        json_t *value = json_string(cases[i].value);

        is_str(cases[i].check(value, &field, pool), cases[i].want, cases[i].value);
        json_decref(value);
    }
    ok(strstr(gw_regex_check("(", pool), "parenthes") != NULL, "PCRE2 says what is wrong");
    check_generators();
    return end();
}
