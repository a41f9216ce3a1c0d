/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart_test.c - multipart bodies: their pairs, and what is left without one of them.
 */
#include "multipart.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>

#define TYPE "multipart/form-data; boundary=XX"
#define PART(name, value) "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define END "--XX--\r\n"

static void test_parse(apr_pool_t *p)
{
    static const struct { const char *type, *body, *want, *why; } rows[] = {
        { TYPE, PART("a", "1") PART("b", "2") END, "a=1|b=2|", "two parts" },
        { TYPE, "preamble\r\n" PART("a", "1") END "epilogue", "a=1|", "preamble and epilogue say nothing" },
        { TYPE, PART("a", "") END, "a=|", "an empty value" },
        { TYPE, PART("a", "1\r\n--X") END, "a=1\r\n--X|", "half a boundary is content" },
        { TYPE, PART("a", "1\r\n--XXY\r\n2") END, "a=1\r\n--XXY\r\n2|", "a longer boundary is content" },
        { TYPE, PART("a", "1--XX") END, "a=1--XX|", "a boundary inside a line is content" },
        { TYPE, "--XX \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" END, "a=1|", "blanks, no quotes" },
        { TYPE, "--XX\r\ncontent-disposition: FORM-DATA; filename=\"x;name=y\"; NAME=\"a\"\r\n\r\n1\r\n" END, "a=1|",
          "case, and a quoted semicolon" },
        { TYPE, "--XX\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" END,
          "a=1|", "another header before" },
        { TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\\\"b\\c\"\r\n\r\n1\r\n" END, "a\"b\\c=1|", "escapes" },
        { TYPE, "--XX\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END, "", "no name" },
        { TYPE, "--XX\r\nX: y\r\n\r\n1\r\n" END, "", "no disposition" },
        { TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n" END, "", "no blank line" },
        { TYPE, PART("a", "1"), "", "no end" },
        { TYPE, "--XX--\r\n", "", "no part" },
        { TYPE, "", "", "no body" },
        { "multipart/form-data; boundary=\"XX\"", PART("a", "1") END, "a=1|", "a quoted boundary" },
        { "multipart/form-data", PART("a", "1") END, "", "no boundary" },
        { "multipart/form-data; boundary=", PART("a", "1") END, "", "an empty boundary" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        apr_array_header_t *pairs = gw_multipart_parse(rows[i].type, rows[i].body, strlen(rows[i].body), 10, p);
        const char *got = "";
        int k;

        for (k = 0; k < pairs->nelts; k++) {
            const gw_form_pair *pair = &APR_ARRAY_IDX(pairs, k, gw_form_pair);

            got = apr_psprintf(p, "%s%.*s=%.*s|", got, (int)pair->key_len, pair->key, (int)pair->value_len, pair->value);
        }
        is_str(got, rows[i].want, rows[i].why);
    }
    ok(gw_multipart_parse(TYPE, PART("a", "1") PART("b", "2") END, strlen(PART("a", "1") PART("b", "2") END), 1, p) ==
           NULL, "more parts than allowed");
}

static void test_remove(apr_pool_t *p)
{
    static const struct { const char *body, *want, *why; } rows[] = {
        { PART("key", "1") END, END, "the only part" },
        { PART("a", "1") PART("key", "2") PART("b", "3") END, PART("a", "1") PART("b", "3") END, "one of three" },
        { PART("key", "1") PART("a", "2") PART("key", "3") END, PART("a", "2") END, "each of that name" },
        { "pre\r\n" PART("key", "1") END "post", "pre\r\n" END "post", "what stands around stays" },
        { PART("a", "1") END, PART("a", "1") END, "none of that name" },
        { "no multipart", "no multipart", "no part at all" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        apr_size_t len = strlen(rows[i].body), left;
        const char *got = gw_multipart_remove(&left, TYPE, rows[i].body, len, "key", p);

        is_str(apr_pstrmemdup(p, got, left), rows[i].want, rows[i].why);
        ok((left == len) == (got == rows[i].body), "the same bytes are not copied");
    }
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_parse(p);
    test_remove(p);
    apr_terminate();
    return done();
}
