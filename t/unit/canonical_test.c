/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canonical_test.c - canonical paths, their encoding for the upstream, and the view of a careless one.
 */
#include "canonical.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>

static void test_canonical(apr_pool_t *p)
{
    static const struct { const char *raw, *want, *why; } rows[] = {
        { "/", "/", "the root" },
        { "/a/b", "/a/b", "nothing to do" },
        { "/a/%2E%2E/b//c", "/b/c", "encoded dots, doubled slash" },
        { "/a%2Fb", "/a%2Fb", "%2F is no separator" },
        { "/a%2fb", "/a%2Fb", "but has one spelling" },
        { "/a%5cb", "/a%5Cb", "%5c is no separator" },
        { "/a\\b", "/a%5Cb", "a backslash is the same as its triplet" },
        { "/%7euser/%41", "/~user/A", "unreserved bytes are decoded" },
        { "/a%20b%22", "/a b\"", "so are bytes that may not stand raw" },
        { "/caf%C3%a9", "/caf\xc3\xa9", "and UTF-8" },
        { "/caf\xc3\xa9", "/caf\xc3\xa9", "which may come raw as well" },
        { "/%21%2a%27%28%29%3b%3a%40%26%3d%2b%24%2c%2f%3f%25%23%5b%5d",
          "/%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%2F%3F%25%23%5B%5D", "triplets of reserved bytes stay" },
        { "/!*'();:@&=+$,[]", "/!*'();:@&=+$,[]", "reserved bytes stay raw" },
        { "/a%2525", "/a%2525", "nothing is decoded twice" },
        { "/a/./b/.", "/a/b/", "single dots" },
        { "/a/b/..", "/a/", "a final dot-dot leaves its slash" },
        { "/a/b/../..", "/", "up to the root" },
        { "/a/..", "/", "a final dot-dot at the root" },
        { "/a/../b", "/b", "dot-dot in the middle" },
        { "/a//../b", "/a/b", "an empty segment is one" },
        { "//..//", "/", "at the beginning too" },
        { "///a///b///", "/a/b/", "slashes" },
        { "/.a/..b/c./d../...", "/.a/..b/c./d../...", "dots that are names" },
        { "/..;/a", "/..;/a", "parameters make a name of dots" },
        { "/a?b#c", "/a%3Fb%23c", "a raw delimiter cannot end the path" },
        { "/..", NULL, "above the root" },
        { "/../a", NULL, "above the root, and down" },
        { "/a/../../b", NULL, "above the root, later" },
        { "/%2e%2E/", NULL, "above the root, encoded" },
        { "/./../a", NULL, "a single dot is no segment to remove" },
        { "/%00", NULL, "NUL" },
        { "/a%0ab", NULL, "line feed" },
        { "/a%7F", NULL, "delete" },
        { "/a\tb", NULL, "a raw control character" },
        { "/%", NULL, "percent at the end" },
        { "/%4", NULL, "half a triplet" },
        { "/%zz", NULL, "no hex" },
        { "/%2%35", NULL, "a triplet inside a triplet" },
        { "/%u0041", NULL, "another encoding" },
        { "a", NULL, "no slash" },
        { "", NULL, "nothing" },
        { "*", NULL, "OPTIONS *" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *why = NULL, *got = gw_path_canonical(&why, rows[i].raw, p);

        is_str(got, rows[i].want, rows[i].why);
        ok((got == NULL) == (why != NULL), "a refusal has its reason");
        if (got == NULL)
            continue;
        ok(gw_path_canonical(&why, got, p) == got, "it is its own canonical form");
        is_str(gw_path_canonical(&why, gw_path_encode(got, p), p), got, "and so it is after encoding");
        ok(strcmp(got, rows[i].raw) != 0 || got == rows[i].raw, "no copy where nothing changed");
    }
}

static void test_encode(apr_pool_t *p)
{
    static const struct { const char *path, *want, *why; } rows[] = {
        { "/a b", "/a%20b", "a space" },
        { "/caf\xc3\xa9", "/caf%C3%A9", "UTF-8" },
        { "/a\"<>^`{|}\\", "/a%22%3C%3E%5E%60%7B%7C%7D%5C", "bytes that no URI may have" },
        { "/%2F%5C", "/%2F%5C", "triplets stay" },
        { "/100%", "/100%25", "a lone percent sign" },
        { "/!*'();:@&=+$,/?#[]-._~", "/!*'();:@&=+$,/?#[]-._~", "reserved and unreserved bytes stay" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        is_str(gw_path_encode(rows[i].path, p), rows[i].want, rows[i].why);
    ok(gw_path_encode(rows[5].path, p) == rows[5].path, "no copy where nothing changed");
}

static void test_view(apr_pool_t *p)
{
    static const struct { const char *path, *want, *why; } rows[] = {
        { "/a/b", "/a/b", "nothing to see" },
        { "/a%20b", "/a%20b", "other triplets stay" },
        { "/a%2Fb", "/a/b", "an encoded slash" },
        { "/a%5Cb", "/a/b", "an encoded backslash is a slash to some" },
        { "/a%2F..%2Fadmin", "/admin", "dot segments behind encoded slashes" },
        { "/a/..;/admin", "/admin", "a parameter hides a dot segment" },
        { "/a/..;x=1%2Fadmin", "/admin", "parameters end at an encoded slash" },
        { "/a;v=1/b;w/c", "/a/b/c", "parameters anywhere" },
        { "/a/;/b", "/a/b", "a segment of parameters only" },
        { "/a%2F%2F..%5Cb", "/a/b", "empty segments are removed by dot-dot" },
        { "/..;/admin", "", "above the root" },
        { "/a%2F..%2F..", "", "above the root by slashes" },
        { "/a;", "/a", "an empty parameter" },
        { "/;", "/", "nothing but a parameter" },
        { "/a%252Fb", "/a%252Fb", "nothing is decoded twice" },
        { "/a/..%3B/b", "/b", "an encoded semicolon begins parameters, too" },
        { "/a/..%3Bx%3B%2Fb", "/b", "and is part of them" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *view = gw_path_decoded_view(rows[i].path, p);

        is_str(view, rows[i].want, rows[i].why);
        ok(*view == '\0' || gw_path_decoded_view(view, p) == view, "the view of a view is itself");
    }
    is_str(gw_path_literal_view("/a/.%3B%2F..%2Fadmin;v", p), "/a/admin", "an encoded semicolon is part of a name to others");
}

static void test_normalise(apr_pool_t *p)
{
    static const struct { const char *path, *want, *why; } rows[] = {
        { "/a/b", "/a/b", "normal" },
        { "/a/../b", "/b", "dot segments" },
        { "/../a", "/a", "never above the root" },
        { "/%7efoo", "/~foo", "unreserved bytes" },
        { "/a%2fb", "/a%2Fb", "upper case" },
        { "/a%2%35", "/a%2525", "a broken triplet" },
        { "~/a/../b", "~/a/../b", "a regex is left alone" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *got = gw_path_normalise(rows[i].path, p);

        is_str(got, rows[i].want, rows[i].why);
        is_str(gw_path_normalise(got, p), got, "and stays what it is");
    }
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_canonical(p);
    test_encode(p);
    test_view(p);
    test_normalise(p);
    apr_terminate();
    return done();
}
