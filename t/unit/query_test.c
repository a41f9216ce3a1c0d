/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query_test.c - query strings and cookies of base/text.h.
 */
#include "text.h"
#include "tap.h"

#include <stdio.h>
#include <apr_strings.h>

static void test_get(apr_pool_t *p)
{
    static const struct { const char *query, *want; int count; const char *why; } rows[] = {
        { "key=abc", "abc", 1, "a value" },
        { "a=1&key=abc&b=2", "abc", 1, "among others" },
        { "key=1&key=2", "1", 2, "the first of two" },
        { "key=", "", 1, "an empty value" },
        { "key", "", 1, "a bare name" },
        { "xkey=1&keyx=2&KEY=3", NULL, 0, "other names, another case" },
        { "%6bey=1", "1", 1, "an encoded name is the same name" },
        { "key=a%20b+c%2Bd", "a b c+d", 1, "percent and plus" },
        { "key=a=b", "a=b", 1, "the first = separates" },
        { "key=%zz%4", "%zz%4", 1, "what is no triplet stands for itself" },
        { "key=a%00b", "a%00b", 1, "%00 stays, nothing is cut short" },
        { "key%00=1", NULL, 0, "a name with %00 is another name" },
        { "key=1;key=2", "1;key=2", 1, "a semicolon separates nothing" },
        { "&&key=1&&", "1", 1, "empty pairs" },
        { "=1", NULL, 0, "no name" },
        { "key=%26key=2", "&key=2", 1, "an encoded & is no separator" },
        { "", NULL, 0, "an empty query" },
        { NULL, NULL, 0, "no query" },
        { "key=%4&key=1", "%4", 2, "half a triplet does not eat the separator" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        int count = -1;

        is_str(gw_query_get(&count, rows[i].query, "key", p), rows[i].want, rows[i].why);
        is_int(count, rows[i].count, apr_pstrcat(p, rows[i].why, " (count)", NULL));
        is_int(gw_query_all(rows[i].query, "key", p)->nelts, rows[i].count,
               apr_pstrcat(p, rows[i].why, " (all)", NULL));
    }
}

static void test_remove(apr_pool_t *p)
{
    static const struct { const char *query, *want, *why; } rows[] = {
        { "key=abc", NULL, "nothing is left" },
        { "key=1&key=2&key", NULL, "all of them go" },
        { "a=1&key=abc&b=2", "a=1&b=2", "from the middle" },
        { "key=abc&b=%7e+x", "b=%7e+x", "the others keep their bytes" },
        { "a=1&k%65y=2", "a=1", "an encoded name goes too" },
        { "a=1&&b=2&key=3", "a=1&&b=2", "empty pairs stay" },
        { "key=1&", NULL, "an empty pair alone is nothing" },
        { "a=1&b", "a=1&b", "not there" },
        { NULL, NULL, "no query" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        is_str(gw_query_remove(rows[i].query, "key", p), rows[i].want, rows[i].why);
}

static void test_parse(apr_pool_t *p)
{
    apr_array_header_t *pairs = gw_query_parse("a=1&&b&c%20d=%41&e=", 4, p);
    const gw_pair *pair = pairs != NULL ? (const gw_pair *)pairs->elts : NULL;

    if (!ok(pairs != NULL && pairs->nelts == 4, "four pairs, the empty one skipped"))
        return;
    is_str(pair[0].value, "1", "a value");
    ok(pair[1].bare && *pair[1].value == '\0', "a bare name");
    is_str(pair[2].name, "c d", "names are decoded");
    is_str(pair[2].value, "A", "and values");
    ok(!pair[3].bare && *pair[3].value == '\0', "an empty value is not bare");
    ok(gw_query_parse("a=1&&b&c%20d=%41&e=", 3, p) == NULL, "more than allowed");
    is_int(gw_query_parse(NULL, 3, p)->nelts, 0, "no query has no pairs");
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_compare(void)
{
    static const struct { const char *raw, *name; int want; const char *why; } rows[] = {
        { "key", "key", 0, "the same" },
        { "KEY", "kEy", 0, "in any case" },
        { "%6Bey", "Key", 0, "encoded" },
        { "a+b%20c", "a b c", 0, "blanks" },
        { "key", "keys", -1, "a shorter one" },
        { "keys", "key", 1, "a longer one" },
        { "kex", "key", -1, "before" },
        { "kez", "KEY", 1, "behind" },
        { "ke_", "kez", -1, "letters in lower case" },
        { "key%00", "key", 1, "%00 does not end it" },
        { "k%65", "ke", 0, "an encoded end" },
        { "ke%", "ke%", 0, "half a triplet" },
        { "%c3%a9", "\xc3\xa9", 0, "other letters" },
        { "z", "\xc3\xa9", -1, "which are behind all of ASCII" },
        { "", "", 0, "nothing" },
        { "", "a", -1, "nothing is before something" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char query[32];
        int n = snprintf(query, sizeof(query), "%s=ab", rows[i].raw);

        is_int(sign(gw_query_compare(query, query + n - 3, rows[i].name)), rows[i].want, rows[i].why);
    }
}

static void test_cookie(apr_pool_t *p)
{
    static const struct { const char *header, *want, *why; } rows[] = {
        { "sid=abc", "abc", "one cookie" },
        { "a=1; sid=abc; b=2", "abc", "among others" },
        { "a=1;sid=abc;b=2", "abc", "without blanks" },
        { "sid=1; sid=2", "1", "the first of two" },
        { "xsid=1; sidx=2; SID=3", NULL, "other names, another case" },
        { "sid", NULL, "no value" },
        { "sid=", "", "an empty value" },
        { "sid=;a=1", "", "an empty value before another cookie" },
        { "sid=  ; a=1", "", "blanks are no value" },
        { " sid = a=b ", "a=b", "blanks around go, = inside stays" },
        { "sid=\"q\"", "\"q\"", "quotes belong to the value" },
        { "a=sid=1; sid=2", "2", "a value that looks like a cookie" },
        { "", NULL, "an empty header" },
        { NULL, NULL, "no header" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        is_str(gw_cookie_get(rows[i].header, "sid", p), rows[i].want, rows[i].why);
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_get(p);
    test_remove(p);
    test_parse(p);
    test_compare();
    test_cookie(p);
    apr_terminate();
    return done();
}
