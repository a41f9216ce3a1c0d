/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_test.c - YAML in and out: what each text means, what is refused and at which line, and that all that is written
 * reads back the same.
 */
#include "yaml_parse.h"
#include "yaml_write.h"
#include "tap.h"

#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

static apr_pool_t *pool;

static const struct { const char *yaml, *json, *why; } good[] = {
    { "", "null", "nothing" },
    { "# only a comment\n", "null", "a comment" },
    { "a: 1", "{\"a\":1}", "a mapping" },
    { "- a\n- b", "[\"a\",\"b\"]", "a sequence" },
    { "a:\n- b\n- c", "{\"a\":[\"b\",\"c\"]}", "a sequence at its key's indent" },
    { "a: [ \"/x\", '/y', z ]", "{\"a\":[\"/x\",\"/y\",\"z\"]}", "flow sequence, three kinds of quoting" },
    { "a: {b: c}", "{\"a\":{\"b\":\"c\"}}", "flow mapping" },
    { "{\"a\": [true, null, 1.5, \"\\u00fc\"]}", "{\"a\":[true,null,1.5,\"\xc3\xbc\"]}", "JSON is YAML" },
    { "a: |\n  x\n  y\n", "{\"a\":\"x\\ny\\n\"}", "literal block" },
    { "a: >\n  x\n  y\n", "{\"a\":\"x y\\n\"}", "folded block" },
    { "a:", "{\"a\":null}", "an empty value" },
    { "[~, null, Null, NULL]", "[null,null,null,null]", "nulls" },
    { "[true, True, yes, on, ON]", "[true,true,true,true,true]", "YAML 1.1 truths" },
    { "[false, no, No, off, OFF]", "[false,false,false,false,false]", "and their contraries" },
    { "['true', \"no\", '~', '1']", "[\"true\",\"no\",\"~\",\"1\"]", "quoted, they are words" },
    { "[y, n, nope, truely]", "[\"y\",\"n\",\"nope\",\"truely\"]", "no booleans" },
    { "[0, -1, +2, 0x1F, 010]", "[0,-1,2,31,8]", "integers of three bases" },
    { "[1.0, -.5, 1e3, 6.02e+23]", "[1.0,-0.5,1000.0,6.02e23]", "reals" },
    { "[1.2.3, 12:30:45, .inf, .nan, 1_000, 0x, -, 09]",
      "[\"1.2.3\",\"12:30:45\",\".inf\",\".nan\",\"1_000\",\"0x\",\"-\",\"09\"]", "what only looks like a number" },
    { "a: 99999999999999999999", "{\"a\":\"99999999999999999999\"}", "too large for an integer" },
    { "1: a\ntrue: b", "{\"1\":\"a\",\"true\":\"b\"}", "keys are as written" },
    { "a: &x {b: 1}\nc: *x", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}", "an alias is a copy" },
    { "a: &x {b: 1, d: 2}\nc:\n  <<: *x\n  d: 3", "{\"a\":{\"b\":1,\"d\":2},\"c\":{\"d\":3,\"b\":1}}", "own keys win over merged" },
    { "x:\n  <<: [{a: 1}, {a: 2, b: 2}]", "{\"x\":{\"a\":1,\"b\":2}}", "earlier merges win" },
    { "'<<': 1", "{\"<<\":1}", "a quoted << is a key" },
    { "a: !!str 1\nb: !!int '2'\nc: ! 3", "{\"a\":\"1\",\"b\":2,\"c\":\"3\"}", "YAML's own tags" },
    { "%YAML 1.1\n---\na: 1\n...\n", "{\"a\":1}", "directives and document marks" },
};

static const struct { const char *yaml; int line; const char *message, *why; } bad[] = {
    { "a: 1\nb: [", 3, NULL, "an open bracket" },
    { "a: b: c", 1, NULL, "two colons" },
    { "a: 1\na: 2", 2, "duplicate key 'a'", "a key twice" },
    { "a: 1\n---\nb: 2", 2, "only one document is taken", "two documents" },
    { "a: *x", 1, "found undefined alias 'x'", "an alias of nothing" },
    { "a: &x\n  b: *x", 2, "alias 'x' contains itself", "a snake" },
    { "a: !lua x", 1, "a value that is not of its tag, or tag not supported: !lua", "a tag of others" },
    { "a: !lua [1]", 1, "tag not supported: !lua", "a tag of others on a sequence" },
    { "a: !!int x", 1, "a value that is not of its tag, or tag not supported: tag:yaml.org,2002:int", "not of its tag" },
    { "a: \"\\0\"", 1, "a value is no text", "NUL" },
    { "\"\\0\": a", 1, "a key is no text", "NUL in a key" },
    { "? [a]\n: b", 1, "a key must be a scalar", "a sequence as a key" },
    { "a:\n  <<: 1", 2, "'<<' takes a mapping or a list of mappings", "merging a number" },
    { "a: \xff", 0, NULL, "no UTF-8" },
    { "\ta: 1", 1, NULL, "a tab as indent" },
};

static const char *dump(json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    const char *copy = text != NULL ? apr_pstrdup(pool, text) : NULL;

    free(text);
    return copy;
}

static void test_good(void)
{
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        gw_text_fault fault;
        json_t *value = gw_yaml_parse(&fault, good[i].yaml, strlen(good[i].yaml), pool);

        is_str(dump(value), good[i].json, good[i].why);
        json_decref(value);
    }
}

static void test_bad(void)
{
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        gw_text_fault fault;
        json_t *value = gw_yaml_parse(&fault, bad[i].yaml, strlen(bad[i].yaml), pool);

        ok(value == NULL, bad[i].why);
        is_int(fault.line, bad[i].line, "its line");
        if (bad[i].message != NULL)
            is_str(fault.message, bad[i].message, "its message");
        else
            ok(fault.message != NULL && *fault.message != '\0', "a message of libyaml's");
        json_decref(value);
    }
}

/* `n` times the bytes of `unit`, with `head` before and `tail` behind. */
static const char *repeat(const char *head, const char *unit, int n, const char *tail)
{
    size_t len = strlen(unit);
    char *text = apr_palloc(pool, strlen(head) + len * (size_t)n + strlen(tail) + 1), *to = text;

    to = apr_cpystrn(to, head, strlen(head) + 1);
    while (n-- > 0)
        to = apr_cpystrn(to, unit, len + 1);
    apr_cpystrn(to, tail, strlen(tail) + 1);
    return text;
}

static void test_bounds(void)
{
    gw_text_fault fault;
    const char *deep = repeat("", "[", GW_YAML_DEPTH, ""), *full = apr_pstrcat(pool, deep, repeat("", "]", GW_YAML_DEPTH, ""), NULL);
    const char *laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                         "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                         "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    json_t *value = gw_yaml_parse(&fault, full, strlen(full), pool);

    ok(value != NULL, "as deep as allowed");
    json_decref(value);
    full = apr_pstrcat(pool, "[", full, "]", NULL);
    ok(gw_yaml_parse(&fault, full, strlen(full), pool) == NULL, "one deeper");
    is_str(fault.message, "nested too deeply", "is told");
    deep = repeat("", "[", 100000, "");
    ok(gw_yaml_parse(&fault, deep, strlen(deep), pool) == NULL, "far too deep");
    ok(gw_yaml_parse(&fault, laughs, strlen(laughs), pool) == NULL, "a billion laughs");
    is_str(fault.message, "aliases stand for too many values", "are not laughed");
    full = apr_pstrcat(pool, repeat("a: &a [", "x,", 1000, "x]\nb: ["), repeat("", "*a,", GW_YAML_ALIASED_VALUES / 1002, "*a]\n"), NULL);
    ok(gw_yaml_parse(&fault, full, strlen(full), pool) == NULL, "none is large, all together are");
    is_str(fault.message, "aliases stand for too many values", "and counted together");
}

static const struct { const char *yaml, *path; int line; const char *why; } lines[] = {
    { "a: 1\nb: 2", "[\"b\"]", 2, "a key" },
    { "a:\n- x\n- y", "[\"a\", 1]", 3, "an element" },
    { "a:\n- n: 1\n  m: 2\n- n: 3\n  m:\n    k: 4\n", "[\"a\", 1, \"m\", \"k\"]", 6, "deep" },
    { "a:\n- n: {m: 1}\n- m: 2\n", "[\"a\", 1, \"m\"]", 3, "the same key in a sibling is passed over" },
    { "{\n\"a\": [\n{\"b\": 1},\n{\"c\":\n2}]}", "[\"a\", 1, \"c\"]", 4, "JSON" },
    { "a:\n- n: 1\n", "[\"a\", 0, \"missing\"]", 2, "what is missing: the last that is there" },
    { "m: a\na: m\nm2:\n  a: 1\n", "[\"a\"]", 2, "a value that looks like the key" },
    { "a: 1", "[]", 1, "the document" },
};

static void test_lines(void)
{
    size_t i;

    for (i = 0; i < COUNT(lines); i++) {
        json_t *path = json_loads(lines[i].path, 0, NULL);

        is_int(gw_yaml_line(lines[i].yaml, strlen(lines[i].yaml), path), lines[i].line, lines[i].why);
        json_decref(path);
    }
}

static const struct { const char *json, *yaml, *why; } written[] = {
    { "{}", "{}\n", "nothing" },
    { "null", "null\n", "null" },
    { "{\"a\":1,\"b\":[\"c\",{\"d\":null,\"e\":[]}]}", "a: 1\nb:\n- c\n- d: null\n  e: []\n", "nested" },
    { "[[1,[2]],{\"a\":{\"b\":[true]}}]", "- - 1\n  - - 2\n- a:\n    b:\n    - true\n", "sequences in sequences" },
    { "[\"yes\",\"1\",\"~\",\"\",\"a b\",\"a: b\",\"#\",\"null\",\"n\",\"/x\"]",
      "- \"yes\"\n- \"1\"\n- \"~\"\n- \"\"\n- \"a b\"\n- \"a: b\"\n- \"#\"\n- \"null\"\n- \"n\"\n- /x\n", "quotes where needed" },
    { "[\"a\\nb\\t\\\"\\\\\\u007f\\u0085\\u2028\\ufeff\xc3\xbc\"]",
      "- \"a\\nb\\x09\\\"\\\\\\x7f\\x85\\u2028\\ufeff\xc3\xbc\"\n", "escapes" },
};

static void check_round(const char *json, const char *want, const char *why)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL), *again;
    gw_text_fault fault = { 0, NULL };
    gw_growing text = { NULL, 0, 0, 0 };

    gw_yaml_add(&text, value);
    if (want != NULL)
        is_str(text.bytes, want, why);
    is_int((long long)text.used, (long long)strlen(text.bytes), "its length");
    again = gw_yaml_parse(&fault, text.bytes, text.used, pool);
    ok(again != NULL && json_equal(again, value), "read back the same");
    json_decref(again);
    json_decref(value);
    gw_growing_free(&text);
}

static void test_parts(void)
{
    json_t *head = json_pack("{s:s, s:b}", "_format_version", "3.0", "_transform", 0);
    json_t *item = json_pack("[{s:s, s:[s]}]", "name", "a", "tags", "yes"), *word = json_pack("[s]", "n");
    gw_growing out = { NULL, 0, 0, 0 };

    gw_yaml_add(&out, head);
    gw_yaml_add_list(&out, "services");
    gw_yaml_add(&out, item);
    gw_yaml_add(&out, word);
    gw_yaml_add_list(&out, "y");
    gw_yaml_add(&out, word);
    is_str(out.bytes, "_format_version: \"3.0\"\n_transform: false\nservices:\n- name: a\n  tags:\n  - \"yes\"\n- \"n\"\n"
                      "\"y\":\n- \"n\"\n", "a document in parts");
    gw_growing_free(&out);
    json_decref(head);
    json_decref(item);
    json_decref(word);
}

int main(void)
{
    size_t i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_good();
    test_bad();
    test_bounds();
    test_lines();
    for (i = 0; i < COUNT(written); i++)
        check_round(written[i].json, written[i].yaml, written[i].why);
    test_parts();
    check_round(apr_pstrcat(pool, "[{\"", repeat("", "k", 3000, ""), "\":{\"a\":[1]}}]", NULL), NULL, "a long key");
    return done();
}
