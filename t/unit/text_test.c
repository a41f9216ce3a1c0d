/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_test.c - base64, uuid, random, secrets, UTF-8 and JSON of base/text.h.
 */
#include "text.h"
#include "tap.h"

static void test_base64(apr_pool_t *p)
{
    static const struct { const char *in, *want; int strict, any; const char *why; } rows[] = {
        { "", "", 0, 0, "nothing is nothing" },
        { "Zg", "f", 1, 1, "two characters are one byte" },
        { "Zm8", "fo", 2, 2, "three characters are two bytes" },
        { "Zm9v", "foo", 3, 3, "four characters are three bytes" },
        { "Zm9vYg", "foob", 4, 4, "a group and a tail" },
        { "-_8", "\xfb\xff", 2, 2, "the url alphabet" },
        { "+/8", "\xfb\xff", -1, 2, "the other alphabet is for secrets only" },
        { "Zg==", "f", -1, 1, "padding is for secrets only" },
        { "Zm8=", "fo", -1, 2, "one padding character" },
        { "Zg=", "", -1, -1, "padding that does not fill the group" },
        { "Zm9v====", "", -1, -1, "padding that nothing asks for" },
        { "Z", "", -1, -1, "one character is no byte" },
        { "Zm9vZ", "", -1, -1, "one character behind a group" },
        { "Zh", "f", -1, 1, "non-zero trailing bits, two characters" },
        { "Zm9", "fo", -1, 2, "non-zero trailing bits, three characters" },
        { "Zm 9v", "", -1, -1, "white space" },
        { "Zm9v\n", "", -1, -1, "a line end" },
        { "Zm9%", "", -1, -1, "a foreign character in the tail" },
        { "%m9vZm9v", "", -1, -1, "a foreign character in a group" },
        { "Z\xc3\xa9v", "", -1, -1, "bytes above 127" },
    };
    unsigned char out[64];
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        apr_ssize_t n = gw_base64url_decode(out, rows[i].in, strlen(rows[i].in));

        is_int(n, rows[i].strict, rows[i].why);
        if (n > 0)
            ok(memcmp(out, rows[i].want, (size_t)n) == 0, "and the bytes are right");
        n = gw_base64_decode_any(out, rows[i].in, strlen(rows[i].in));
        is_int(n, rows[i].any, rows[i].why);
        if (n > 0)
            ok(memcmp(out, rows[i].want, (size_t)n) == 0, "and the bytes are right");
        if (rows[i].strict >= 0)
            is_str(gw_base64url_encode(rows[i].want, (size_t)rows[i].strict, p), rows[i].in, "and encoding goes back");
    }
}

static void test_base64_every_byte(apr_pool_t *p)
{
    unsigned char in[256], out[256];
    const char *text;
    int i, good = 1;

    for (i = 0; i < 256; i++)
        in[i] = (unsigned char)i;
    for (i = 0; i <= 256; i++) {
        text = gw_base64url_encode(in, (size_t)i, p);
        good &= gw_base64url_decode(out, text, strlen(text)) == i && memcmp(in, out, (size_t)i) == 0;
        good &= (size_t)i >= strlen(text) * 3 / 4;
    }
    ok(good, "every length up to 256 survives the way there and back");
}

static void test_uuid(void)
{
    static const struct { const char *s; int want; const char *why; } rows[] = {
        { "fd02801f-0957-4a15-a55a-c8d9606f30b5", 1, "a uuid" },
        { "FD02801F-0957-4A15-A55A-C8D9606F30B5", 1, "case does not matter" },
        { "fd02801f-0957-4a15-a55a-c8d9606f30b", 0, "too short" },
        { "fd02801f-0957-4a15-a55a-c8d9606f30b50", 0, "too long" },
        { "fd02801f00957-4a15-a55a-c8d9606f30b5", 0, "a dash is missing" },
        { "fd02801f-0957-4a15-a55a-c8d9606f30bg", 0, "g is no hex digit" },
        { "fd02801f-0957-4a15-a55a-c8d9606f30-5", 0, "a dash where a digit belongs" },
        { "", 0, "nothing" },
    };
    static const struct { const char *collection, *name, *want; } made[] = {
        { "services", "my-service", "0855b320-0dd2-547d-891d-601e9b38647f" },
        { "consumers", "my-user", "4b1b701d-de2b-5588-9aa2-3b97061d9f52" },
        { "routes", "my-route", "481a9539-f49c-51b6-b2e2-fe99ee68866c" },
        { "services", "example-service", "7a267194-6123-5ee0-a1c9-4c1559eb0d95" },
        { "consumers", "fiona", "764cd9a8-d51a-5e73-b0b1-ea2ec6c4b679" },
        { "consumers", "anonymous_users", "9ddccc14-6866-584f-a82b-51e47864af89" },
    };
    char a[37], b[37];
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        is_int(gw_uuid_is(rows[i].s), rows[i].want, rows[i].why);
    for (i = 0; i < COUNT(made); i++) {
        gw_uuid_v5(a, "fd02801f-0957-4a15-a55a-c8d9606f30b5", made[i].collection);
        gw_uuid_v5(b, a, made[i].name);
        is_str(b, made[i].want, made[i].name);
    }
    gw_uuid_make(a);
    gw_uuid_make(b);
    ok(gw_uuid_is(a) && a[14] == '4' && strchr("89ab", a[19]) != NULL, "version and variant of a random one");
    ok(strcmp(a, b) != 0, "two random ones differ");
}

static void test_random(void)
{
    char word[1001];
    int seen[256] = { 0 }, kinds = 0, foreign = 0, i;

    gw_random_alnum(word, 1000);
    is_int((long long)strlen(word), 1000, "as long as asked for");
    for (i = 0; i < 1000; i++) {
        unsigned char c = (unsigned char)word[i];

        foreign += !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
        kinds += seen[c]++ == 0;
    }
    is_int(foreign, 0, "letters and digits only");
    ok(kinds > 50, "nearly all of the 62 occur in 1000");
    gw_random_alnum(word, 0);
    is_str(word, "", "none when none are asked for");
}

static void test_secure(void)
{
    ok(gw_secure_is_equal("abc", 3, "abc", 3), "equal bytes");
    ok(!gw_secure_is_equal("abc", 3, "abd", 3), "the last byte differs");
    ok(!gw_secure_is_equal("abc", 3, "abcd", 4), "a prefix is not equal");
    ok(gw_secure_is_equal("", 0, "", 0), "nothing equals nothing");
    ok(!gw_secure_is_equal("a\0b", 3, "a\0c", 3), "bytes behind a NUL count");
}

static void test_utf8(void)
{
    static const struct { const char *s; int want; const char *why; } rows[] = {
        { "plain", 1, "ASCII" },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 1, "two, three and four bytes" },
        { "\xf4\x8f\xbf\xbf", 1, "the last code point" },
        { "\xf4\x90\x80\x80", 0, "above the last code point" },
        { "\xc0\xaf", 0, "overlong slash" },
        { "\xc1\xbf", 0, "overlong, two bytes" },
        { "\xe0\x80\xaf", 0, "overlong, three bytes" },
        { "\xf0\x80\x80\xaf", 0, "overlong, four bytes" },
        { "\xed\xa0\x80", 0, "a surrogate" },
        { "\xed\x9f\xbf\xee\x80\x80", 1, "around the surrogates" },
        { "\x80", 0, "a byte that only follows" },
        { "\xe2\x82", 0, "cut short" },
        { "\xe2\x28\xa1", 0, "second byte wrong" },
        { "\xf0\x9f\x98z", 0, "last byte wrong" },
        { "\xff", 0, "never a byte of UTF-8" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        is_int(gw_utf8_is_valid(rows[i].s, strlen(rows[i].s)), rows[i].want, rows[i].why);
}

#define TEXT(s) s, sizeof(s) - 1

static void test_json(void)
{
    static const struct { const char *text; size_t len; int want; const char *why; } rows[] = {
        { TEXT("{\"a\":[1,2.5,null,true,\"x\"]}"), 1, "an ordinary object" },
        { TEXT(" 1 "), 1, "any value, blanks around" },
        { TEXT(""), 0, "nothing" },
        { TEXT("{} x"), 0, "trailing bytes" },
        { TEXT("{}\0"), 0, "a trailing NUL" },
        { TEXT("{}{}"), 0, "two values" },
        { TEXT("{\"a\":1,\"a\":2}"), 0, "a member twice" },
        { TEXT("{\"a\":1,\"\\u0061\":2}"), 0, "a member twice, once escaped" },
        { TEXT("\"\\u0000\""), 0, "an escaped NUL" },
        { TEXT("\"a\0b\""), 0, "a raw NUL" },
        { TEXT("\"\xc3\x28\""), 0, "invalid UTF-8" },
        { TEXT("\"\\ud800\""), 0, "half a surrogate pair" },
        { TEXT("[1,]"), 0, "a trailing comma" },
        { TEXT("{'a':1}"), 0, "single quotes" },
        { TEXT("[[[[1]]]]"), 1, "as deep as allowed" },
        { TEXT("[[[[[1]]]]]"), 0, "one deeper" },
        { TEXT("[{\"a\":[{\"b\":[]}]}]"), 0, "objects count as well" },
        { TEXT("[\"[[[[[\", \"\\\"[[[[[\"]"), 1, "brackets in strings do not count" },
        { TEXT("[[],[],[],[],[],[]]"), 1, "side by side is not deep" },
        { TEXT("[[[[[[[[[[[[[[[["), 0, "open brackets only" },
        { TEXT("\"\\"), 0, "a backslash at the end" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        json_t *json = gw_json_parse(rows[i].text, rows[i].len, 4);

        is_int(json != NULL, rows[i].want, rows[i].why);
        json_decref(json);
    }
}

static void test_foreign_json(void)
{
    static const struct { const char *text; size_t len; const char *want, *why; } rows[] = {
        { TEXT("{\"a\":1,\"b\":[2.5,-3]}"), "{\"a\":1,\"b\":[2.5,-3]}", "an ordinary object" },
        { TEXT("[1,2,3,4,5,6]"), "[1,2,3,4,5,6]", "a bracket and five commas: as many as allowed" },
        { TEXT("[1,2,3,4,5,6,7]"), NULL, "one more" },
        { TEXT("[[],[],[]]"), "[[],[],[]]", "four brackets and two commas" },
        { TEXT("[[],[],[[]]]"), NULL, "one more" },
        { TEXT("[{},{},{\"a\":1,\"b\":2}]"), NULL, "objects count, and what parts their members" },
        { TEXT("[\"{,[,{,[,\\\",,,,,,,,,\"]"), "[\"{,[,{,[,\\\",,,,,,,,,\"]", "what is in strings does not count" },
        { TEXT("[[[[[1]]]]]"), NULL, "too deep" },
        { TEXT("{\"a\":1,\"a\":2}"), NULL, "a member twice" },
        { TEXT("9223372036854775807"), "9223372036854775807", "the largest integer" },
        { TEXT("9223372036854775808"), "9.223372036854775808e18", "one more is a real number" },
        { TEXT("-9223372036854775808"), "-9223372036854775808", "the smallest integer" },
        { TEXT("-9223372036854775809"), "-9.223372036854775808e18", "one less is a real number" },
        { TEXT("[18446744073709551615,9007199254740993,1.5]"), "[18446744073709551616.0,9007199254740993,1.5]",
          "the others stay what they are" },
        { TEXT("{\"99999999999999999999\":\"\\\"99999999999999999999\"}"),
          "{\"99999999999999999999\":\"\\\"99999999999999999999\"}", "digits in strings are text" },
        { TEXT("{\"\\\"99999999999999999999\":99999999999999999999}"), "{\"\\\"99999999999999999999\":1e20}",
          "also where a number is too large" },
        { TEXT("[99999999999999999999.5,99999999999999999999e1,99999999999999999999]"), "[1e20,1e21,1e20]",
          "real numbers with as many digits" },
        { TEXT("[99999999999999999999,1e400]"), NULL, "a real number that is too large" },
        { TEXT("1e400"), NULL, "alone" },
        { TEXT("[099999999999999999999]"), NULL, "a zero in front" },
        { TEXT("[99999999999999999999"), NULL, "cut short" },
        { TEXT("[99999999999999999999,\"\\"), NULL, "cut short in a string" },
        { TEXT("{\"a\":99999999999999999999,\"a\":2}"), NULL, "a member twice, and a large number" },
        { TEXT("99999999999999999999 x"), NULL, "trailing bytes" },
    };
    char digits[401];

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *json = gw_json_parse_foreign(rows[i].text, rows[i].len, 4, 6);
        json_t *want = rows[i].want != NULL ? json_loads(rows[i].want, JSON_DECODE_ANY, NULL) : NULL;

        ok(json == NULL ? rows[i].want == NULL : json_equal(json, want), rows[i].why);
        json_decref(json);
        json_decref(want);
    }
    memset(digits, '9', sizeof(digits));
    ok(gw_json_parse_foreign(digits, sizeof(digits), 4, 6) == NULL, "an integer of 401 digits");
}

static void test_short_numbers(void)
{
    static const struct { const char *text, *want; } rows[] = {
        { "0.1", "0.1" }, { "9.95", "9.95" }, { "-2.675", "-2.675" }, { "0.30000000000000004", "0.30000000000000004" },
        { "1.0", "1.0" }, { "100.0", "100.0" }, { "1e300", "1e+300" }, { "1.5e-7", "1.5e-07" }, { "0.0", "0.0" },
        { "123456789012345.6", "123456789012345.6" }, { "1.7976931348623157e308", "1.7976931348623157e308" },
        { "5e-324", "4.94065645841247e-324" }, { "7", "7" }, { "-0.0", "-0.0" }, { "9007199254740993", "9007199254740993" },
        { "{\"0.10000000000000001\":[0.1,true,false,null,1.25e3,\"\\\"9.9499999999999993\"]}",
          "{\"0.10000000000000001\":[0.1,true,false,null,1250.0,\"\\\"9.9499999999999993\"]}" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *value = json_loads(rows[i].text, JSON_DECODE_ANY, NULL), *again;
        char *text = gw_json_shorten(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));

        is_str(text, rows[i].want, rows[i].text);
        again = json_loads(text, JSON_DECODE_ANY, NULL);
        ok(json_equal(value, again), "it means the same");
        json_decref(again);
        json_decref(value);
        free(text);
    }
    ok(gw_json_shorten(NULL) == NULL, "nothing stays nothing");
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_base64(p);
    test_base64_every_byte(p);
    test_uuid();
    test_random();
    test_secure();
    test_utf8();
    test_json();
    test_foreign_json();
    test_short_numbers();
    apr_terminate();
    return done();
}
