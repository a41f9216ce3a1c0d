/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Form keys to JSON: each row of the contract's table of forms, before coercion, and what lies beside the grammar.
 */
#include "form_keys.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>

static const struct { const char *form, *want, *why; } rows[] = {
    { "hosts[]=a", "{\"hosts\":[\"a\"]}", "one element" },
    { "hosts[]=a&hosts[]=b", "{\"hosts\":[\"a\",\"b\"]}", "open indexes append" },
    { "hosts=a&hosts=b", "{\"hosts\":[\"a\",\"b\"]}", "a repeated key is an array" },
    { "hosts=a&hosts=b&hosts=c", "{\"hosts\":[\"a\",\"b\",\"c\"]}", "three of them, in order" },
    { "hosts[1]=a&hosts[2]=b", "{\"hosts\":[\"a\",\"b\"]}", "indexes begin at 1" },
    { "hosts[2]=b&hosts[1]=a", "{\"hosts\":[\"a\",\"b\"]}", "indexes may come in any order" },
    { "hosts[2]=a&hosts[3]=b", "{\"hosts\":{\"2\":\"a\",\"3\":\"b\"}}", "a hole: no array" },
    { "hosts[999999999]=a", "{\"hosts\":{\"999999999\":\"a\"}}", "a far index costs nothing" },
    { "hosts[9999999999]=a", "{\"hosts[9999999999]\":\"a\"}", "an index of ten digits is a literal key" },
    { "hosts[0]=a", "{\"hosts[0]\":\"a\"}", "there is no element 0" },
    { "hosts=a", "{\"hosts\":\"a\"}", "a scalar stays one here" },
    { "hosts=a,b", "{\"hosts\":\"a,b\"}", "commas are the schema's matter" },
    { "name=", "{\"name\":null}", "an empty value is null" },
    { "hosts[]=", "{\"hosts\":[null]}", "an empty element is null" },
    { "config.key_names=", "{\"config\":{\"key_names\":null}}", "nested null" },
    { "service.id=U", "{\"service\":{\"id\":\"U\"}}", "a dot nests" },
    { "service.id=U&service.name=N", "{\"service\":{\"id\":\"U\",\"name\":\"N\"}}", "two members of one record" },
    { "headers.location=x", "{\"headers\":{\"location\":\"x\"}}", "a map's member" },
    { "headers.location[]=x&headers.location[]=y", "{\"headers\":{\"location\":[\"x\",\"y\"]}}", "a list in a map" },
    { "headers.location[1]=x&headers.location[2]=y", "{\"headers\":{\"location\":[\"x\",\"y\"]}}", "with numbers" },
    { "config.a.b=1", "{\"config\":{\"a\":{\"b\":\"1\"}}}", "three levels" },
    { "a[1].b=1&a[2].b=2", "{\"a\":[{\"b\":\"1\"},{\"b\":\"2\"}]}", "records in an array" },
    { "a[1].b=1&a[1].c=2", "{\"a\":[{\"b\":\"1\",\"c\":\"2\"}]}", "two members of one element" },
    { "a[].b=1", "{\"a\":{\"b\":\"1\"}}", "an open index before a dot is dropped" },
    { "a[1][2]=x&a[1][1]=y", "{\"a\":[[\"y\",\"x\"]]}", "lists in a list" },
    { "headers[location]=x", "{\"headers[location]\":\"x\"}", "brackets hold numbers only" },
    { "a[1]b=x", "{\"a[1]b\":\"x\"}", "brackets stand at the end of a segment" },
    { "[1]=x", "{\"[1]\":\"x\"}", "a group needs a name" },
    { "a]=x", "{\"a]\":\"x\"}", "a lone bracket" },
    { ".x=1", "{\".x\":\"1\"}", "an empty first segment" },
    { "x.=1", "{\"x.\":\"1\"}", "an empty last segment" },
    { "x..y=1", "{\"x..y\":\"1\"}", "an empty middle segment" },
    { "=1", "{\"\":\"1\"}", "no key at all" },
    { "name", "{\"name\":true}", "a bare key is true" },
    { "a=1&a.b=2", "{\"a\":{\"1\":\"1\",\"b\":\"2\"}}", "scalar and record: an object that no field takes" },
    { "a[]=1&a=2", "{\"a\":[\"1\",\"2\"]}", "both spellings of a list" },
    { "a[1]=1&a[1]=2", "{\"a\":[[\"1\",\"2\"]]}", "an element given twice" },
    { "__proto__.x=1", "{\"__proto__\":{\"x\":\"1\"}}", "no name is special" },
    { "", "{}", "nothing" },
};

/* The test's own splitter: no percent signs here. */
static int split(gw_form_pair *pairs, int max, const char *form)
{
    int n = 0;

    while (*form != '\0' && n < max) {
        apr_size_t len = strcspn(form, "&");
        const char *eq = memchr(form, '=', len);
        apr_size_t key_len = eq != NULL ? (apr_size_t)(eq - form) : len;

        pairs[n++] = (gw_form_pair){ .key = form, .key_len = key_len, .value = eq != NULL ? eq + 1 : "",
                                     .value_len = eq != NULL ? len - key_len - 1 : 0, .is_bare = eq == NULL };
        form += len + (form[len] == '&');
    }
    return n;
}

static void check_rows(apr_pool_t *p)
{
    gw_form_pair pairs[16];
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        json_t *got = gw_form_object(pairs, split(pairs, 16, rows[i].form), p);
        char *text = json_dumps(got, JSON_COMPACT);

        is_str(text, rows[i].want, rows[i].why);
        free(text);
        json_decref(got);
    }
}

static const struct { const char *value; size_t len; const char *want, *why; } texts[] = {
    { "plain", 5, NULL, "ASCII" },
    { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, NULL, "two, three and four bytes" },
    { "a\xff", 2, "invalid utf-8 character sequence detected at position 2", "no such byte" },
    { "\xc3", 1, "invalid utf-8 character sequence detected at position 1", "cut off" },
    { "\xc0\xaf", 2, "invalid utf-8 character sequence detected at position 1", "overlong" },
    { "ab\xe0\x80\xaf", 5, "invalid utf-8 character sequence detected at position 3", "overlong, three bytes" },
    { "\xed\xa0\x80", 3, "invalid utf-8 character sequence detected at position 1", "a surrogate" },
    { "\xf4\x90\x80\x80", 4, "invalid utf-8 character sequence detected at position 1", "beyond Unicode" },
    { "a\0b", 3, "must not contain a NUL character", "NUL" },
};

static void check_texts(apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < COUNT(texts); i++) {
        gw_form_pair pair = { .key = "k", .key_len = 1, .value = texts[i].value, .value_len = texts[i].len };
        const char *why = NULL;
        const gw_form_pair *bad = gw_form_find_bad(&why, &pair, 1, p);

        is_str(why, texts[i].want, texts[i].why);
        ok((bad != NULL) == (texts[i].want != NULL), texts[i].why);
    }
}

static void check_depth(apr_pool_t *p)
{
    char *deep = apr_pcalloc(p, 200001);
    gw_form_pair pair = { .key = deep, .key_len = 200000, .value = "x", .value_len = 1 };
    json_t *got;
    int i;

    for (i = 0; i < 200000; i += 2) {
        deep[i] = 'a';
        deep[i + 1] = i == 199998 ? 'a' : '.';
    }
    got = gw_form_object(&pair, 1, p);
    is_str(json_string_value(json_object_get(got, deep)), "x", "a key of 100,000 segments is a literal one");
    json_decref(got);
    for (i = 0; i < 200000; i++)
        deep[i] = "a[1]"[i == 0 ? 0 : 1 + (i - 1) % 3];
    deep[1 + 3 * 40] = '\0';
    pair.key_len = 1 + 3 * 40;
    got = gw_form_object(&pair, 1, p);
    ok(json_object_get(got, deep) != NULL, "so is one of 40 groups");
    json_decref(got);
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    check_rows(p);
    check_texts(p);
    check_depth(p);
    apr_pool_destroy(p);
    return done();
}
