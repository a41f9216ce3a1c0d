/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_scalar.c - the implicit types of YAML 1.1 as people and the reference's parser use them. Sexagesimal numbers,
 * dates, infinities and not-a-number stay strings: JSON has no such values.
 */
#include "yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define TAG "tag:yaml.org,2002:"
#define LONGEST_NUMBER 64

typedef enum meaning { MEANS_NULL, MEANS_TRUE, MEANS_FALSE } meaning;

static const struct { const char *word; meaning means; } words[] = {
    { "", MEANS_NULL },       { "~", MEANS_NULL },      { "null", MEANS_NULL },   { "Null", MEANS_NULL },
    { "NULL", MEANS_NULL },   { "true", MEANS_TRUE },   { "True", MEANS_TRUE },   { "TRUE", MEANS_TRUE },
    { "yes", MEANS_TRUE },    { "Yes", MEANS_TRUE },    { "YES", MEANS_TRUE },    { "on", MEANS_TRUE },
    { "On", MEANS_TRUE },     { "ON", MEANS_TRUE },     { "false", MEANS_FALSE }, { "False", MEANS_FALSE },
    { "FALSE", MEANS_FALSE }, { "no", MEANS_FALSE },    { "No", MEANS_FALSE },    { "NO", MEANS_FALSE },
    { "off", MEANS_FALSE },   { "Off", MEANS_FALSE },   { "OFF", MEANS_FALSE },
};

static json_t *find_word(const char *word, apr_size_t len)
{
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i].word) == len && memcmp(words[i].word, word, len) == 0)
            return words[i].means == MEANS_NULL ? json_null() : json_boolean(words[i].means == MEANS_TRUE);
    return NULL;
}

/* [-+]?(0x[hex]+ | 0[octal]+ | digits); NULL when it is none or does not fit into 64 bits. */
static json_t *read_integer(const char *text)
{
    const char *digits = text + (*text == '-' || *text == '+');
    const char *allowed = "0123456789";
    int base = 10;
    long long value;
    char *end;

    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        base = 16;
        digits += 2;
        allowed = "0123456789abcdefABCDEF";
    }
    else if (digits[0] == '0' && digits[1] != '\0') {
        base = 8;
        allowed = "01234567";
    }
    if (*digits == '\0' || strspn(digits, allowed) != strlen(digits))
        return NULL;
    errno = 0;
    value = strtoll(digits, &end, base);
    if (errno != 0 || *end != '\0')
        return NULL;
    return json_integer(*text == '-' ? -value : value);
}

/* A dot or an exponent makes it one: 1.5, .5, 1e3, -1.0E-2. */
static json_t *read_real(const char *text)
{
    const char *at = text + (*text == '-' || *text == '+');
    apr_size_t before = strspn(at, "0123456789"), after = 0;
    double value;

    at += before;
    if (*at == '.') {
        after = strspn(++at, "0123456789");
        at += after;
    }
    else if (*at != 'e' && *at != 'E') {
        return NULL;
    }
    if (before + after == 0)
        return NULL;
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '-' || *at == '+';
        if (*at == '\0' || strspn(at, "0123456789") != strlen(at))
            return NULL;
        at += strlen(at);
    }
    if (*at != '\0')
        return NULL;
    value = strtod(text, NULL);
    return isfinite(value) ? json_real(value) : NULL;
}

static json_t *read_number(const char *word, apr_size_t len)
{
    char text[LONGEST_NUMBER + 1];
    json_t *value;

    if (len > LONGEST_NUMBER || len == 0 || memchr(word, '\0', len) != NULL)
        return NULL;
    memcpy(text, word, len);
    text[len] = '\0';
    value = read_integer(text);
    return value != NULL ? value : read_real(text);
}

static json_t *make_text(const char *word, apr_size_t len)
{
    if (memchr(word, '\0', len) != NULL || !gw_utf8_is_valid(word, len))
        return NULL;
    return json_stringn_nocheck(word, len);
}

json_t *gw_yaml_scalar(const char *word, apr_size_t len)
{
    json_t *value = find_word(word, len);

    if (value == NULL)
        value = read_number(word, len);
    return value != NULL ? value : make_text(word, len);
}

/* `value` if it is of that kind, else NULL. */
static json_t *only(json_t *value, int fits)
{
    if (fits)
        return value;
    json_decref(value);
    return NULL;
}

json_t *gw_yaml_scalar_tagged(const char *tag, const char *word, apr_size_t len)
{
    json_t *value;

    if (strcmp(tag, "!") == 0 || strcmp(tag, TAG "str") == 0)
        return make_text(word, len);
    if ((value = gw_yaml_scalar(word, len)) == NULL)
        return NULL;
    if (strcmp(tag, TAG "null") == 0)
        return only(value, json_is_null(value));
    if (strcmp(tag, TAG "bool") == 0)
        return only(value, json_is_boolean(value));
    if (strcmp(tag, TAG "int") == 0)
        return only(value, json_is_integer(value));
    if (strcmp(tag, TAG "float") == 0)
        return only(value, json_is_number(value));
    return only(value, 0);
}
