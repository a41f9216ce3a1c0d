/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sni_name_test.c - which names may be stored, how they are spelled, and which stand for a name that a client asks for.
 */
#include "sni_name.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "tap.h"

static apr_pool_t *pool;

static const struct { const char *pattern, *want, *why; } patterns[] = {
    { "a.example.com", NULL, "a name" },
    { "localhost", NULL, "a name of one label" },
    { "*.example.com", NULL, "a wildcard in front" },
    { "example.*", NULL, "a wildcard behind" },
    { "*", NULL, "a wildcard alone" },
    { "*example.com", NULL, "a wildcard as part of a label may be stored" },
    { "a.*.com", "wildcard must be leftmost or rightmost character", "a wildcard inside" },
    { "*.a.*", "only one wildcard must be specified", "two wildcards" },
    { "**", "only one wildcard must be specified", "two and nothing else" },
    { "127.0.0.1", "must not be an IP", "an address" },
    { "::1", "must not be an IP", "an address of version 6" },
    { "a.com:443", "must not have a port", "a port" },
    { "*.com:443", "must not have a port", "a port behind a wildcard" },
    { "a b", "invalid value: a b", "a space" },
    { "*.a b", "invalid value: *.a b", "a space behind a wildcard: told as it was sent" },
};

static const struct { const char *from, *want, *why; } spellings[] = {
    { "A.Example.COM", "a.example.com", "lower case" },
    { "a.example.com.", "a.example.com", "no final dot" },
    { "*.Example.com", "*.example.com", "wildcards stay" },
    { ".", ".", "a dot alone stays for the check to refuse" },
};

static const struct { const char *pattern; int want; const char *why; } matching[] = {
    { "*.example.com", 1, "a whole label in front" }, { "a.*", 1, "a whole label behind" },
    { "*", 1, "all names" },                          { "a.com", 1, "no wildcard" },
    { "*a.com", 0, "part of a label in front" },      { "a.com*", 0, "part of a label behind" },
};

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG FIFTY "." FIFTY "." FIFTY "." FIFTY "." FIFTY /* 254 bytes */

static const struct { const char *name, *want, *why; } forms[] = {
    { "a.example.com", "a.example.com *.example.com a.example.* *", "four forms, best first" },
    { "A.EXAMPLE.COM.", "a.example.com *.example.com a.example.* *", "in any case, with a final dot" },
    { "example.com", "example.com *.com example.* *", "two labels" },
    { "localhost", "localhost *", "one label" },
    { NULL, "*", "nobody said one" },
    { "", "*", "an empty one" },
    { ".", "*", "a dot" },
    { ".com", ".com *", "an empty first label is no label" },
    { "*.example.com", "*", "nobody is called that" },
    { "*", "*", "nor that" },
    { LONG, "*", "longer than a host name" },
};

static const char *join(const gw_sni_forms *f)
{
    const char *all = "";
    int i;

    for (i = 0; i < f->n; i++)
        all = apr_pstrcat(pool, all, i > 0 ? " " : "", f->text[i], NULL);
    return all;
}

int main(void)
{
    gw_sni_forms f;
    size_t i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (i = 0; i < COUNT(patterns); i++) {
        json_t *value = json_string(patterns[i].pattern);

        is_str(gw_check_sni_pattern(value, NULL, pool), patterns[i].want, patterns[i].why);
        json_decref(value);
    }
    for (i = 0; i < COUNT(spellings); i++)
        is_str(gw_sni_normal(spellings[i].from, pool), spellings[i].want, spellings[i].why);
    for (i = 0; i < COUNT(matching); i++)
        is_int(gw_sni_can_match(matching[i].pattern), matching[i].want, matching[i].why);
    for (i = 0; i < COUNT(forms); i++) {
        gw_sni_forms_of(&f, forms[i].name);
        is_str(join(&f), forms[i].want, forms[i].why);
    }
    apr_pool_destroy(pool);
    return done();
}
