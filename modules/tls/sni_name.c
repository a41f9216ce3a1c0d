/* SPDX-License-Identifier: Apache-2.0 */
/* sni_name.c - see sni_name.h. */
#include "sni_name.h"

#include <string.h>

#include <apr_strings.h>

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The text with the wildcard replaced by a word, so that the rest is judged as a host name is. */
static const char *without_wildcard(const char *pattern, const char *star, apr_pool_t *p)
{
    return apr_pstrcat(p, apr_pstrmemdup(p, pattern, (size_t)(star - pattern)), "wildcard", star + 1, NULL);
}

const char *gw_check_sni_pattern(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *pattern = json_string_value(value), *star = strchr(pattern, '*'), *why;
    json_t *plain;

    if (strlen(pattern) > GW_SNI_MAX)
        return "length must be at most 253";
    if (star == NULL)
        return gw_check_sni(value, field, p);
    if (star != pattern && star[1] != '\0')
        return "wildcard must be leftmost or rightmost character";
    if (strchr(star + 1, '*') != NULL)
        return "only one wildcard must be specified";
    plain = json_string_nocheck(without_wildcard(pattern, star, p));
    why = gw_check_sni(plain, field, p);
    json_decref(plain);
    return why != NULL && strncmp(why, "invalid value", 13) == 0 ? apr_psprintf(p, "invalid value: %s", pattern) : why;
}

const char *gw_sni_normal(const char *pattern, apr_pool_t *p)
{
    char *copy = apr_pstrdup(p, pattern), *c;

    for (c = copy; *c != '\0'; c++)
        *c = to_lower(*c);
    if (c - copy > 1 && c[-1] == '.')
        c[-1] = '\0';
    return copy;
}

int gw_sni_can_match(const char *pattern)
{
    const char *star = strchr(pattern, '*');

    if (star == NULL || pattern[1] == '\0')
        return 1;
    return star == pattern ? star[1] == '.' : star[-1] == '.';
}

static void add_form(gw_sni_forms *forms, const char *before, const char *middle, size_t len, const char *after)
{
    char *to = forms->text[forms->n++];
    const size_t nbefore = strlen(before);

    memcpy(to, before, nbefore);
    memcpy(to + nbefore, middle, len);
    memcpy(to + nbefore + len, after, strlen(after) + 1);
}

void gw_sni_forms_of(gw_sni_forms *forms, const char *name)
{
    char *own = forms->text[0];
    const char *dot;
    size_t len = name != NULL ? strlen(name) : 0, i;

    forms->n = 0;
    if (len > 0 && name[len - 1] == '.')
        len--;
    if (len > 0 && len <= GW_SNI_MAX && memchr(name, '*', len) == NULL) {
        for (i = 0; i < len; i++)
            own[i] = to_lower(name[i]);
        own[len] = '\0';
        forms->n = 1;
        if ((dot = strchr(own, '.')) != NULL && dot != own && dot[1] != '\0') {
            add_form(forms, "*", dot, strlen(dot), "");
            dot = strrchr(own, '.');
            add_form(forms, "", own, (size_t)(dot - own), ".*");
        }
    }
    add_form(forms, "*", "", 0, "");
}
