/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_limits.c - what a field's row in the table says beyond the type: one_of, ranges, formats, lengths.
 * The order is the contract's: a value that breaks several limits always gets the same message.
 */
#include "schema_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <apr_strings.h>

#include "text.h"

typedef const char *limit_fn(const gw_field *field, const json_t *value, apr_pool_t *p);

/* The value as one_of lists write it; NULL for compounds. */
static const char *word_of(const json_t *value, apr_pool_t *p)
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_number(value))
        return gw_number_format(json_number_value(value), p);
    return NULL;
}

static int has_word(const char *const *words, const char *word)
{
    if (word == NULL)
        return 0;
    for (; *words != NULL; words++) {
        if (strcmp(*words, word) == 0)
            return 1;
    }
    return 0;
}

static const char *list_words(const char *const *words, const char *between, apr_pool_t *p)
{
    const char *text = "";

    for (; *words != NULL; words++)
        text = apr_pstrcat(p, text, *text != '\0' ? between : "", *words, NULL);
    return text;
}

/* Does the array hold this string? */
static int has_element(const json_t *array, const char *word)
{
    size_t i;

    for (i = 0; i < json_array_size(array); i++) {
        const char *element = json_string_value(json_array_get(array, i));

        if (element != NULL && strcmp(element, word) == 0)
            return 1;
    }
    return 0;
}

static const char *check_words(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    if (field->not_one_of != NULL && has_word(field->not_one_of, word_of(value, p)))
        return apr_pstrcat(p, "must not be one of: ", list_words(field->not_one_of, ", ", p), NULL);
    if (field->one_of != NULL && !has_word(field->one_of, word_of(value, p)))
        return apr_pstrcat(p, "expected one of: ", list_words(field->one_of, ", ", p), NULL);
    return NULL;
}

static const char *check_gt(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    if (field->has_gt && json_is_number(value) && !(json_number_value(value) > field->gt))
        return apr_pstrcat(p, "value must be greater than ", gw_number_format(field->gt, p), NULL);
    return NULL;
}

static const char *check_format(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    (void)p;
    if (field->format == GW_FMT_TIMESTAMP && json_is_number(value) && !(json_number_value(value) > 0))
        return "expected a valid timestamp";
    if (field->format == GW_FMT_UUID && json_is_string(value) && !gw_uuid_is(json_string_value(value)))
        return "expected a valid UUID";
    return NULL;
}

static const char *check_range(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    double number = json_number_value(value);

    if (!field->has_range || !json_is_number(value) || (number >= field->min && number <= field->max))
        return NULL;
    return apr_psprintf(p, "value should be between %s and %s", gw_number_format(field->min, p),
                        gw_number_format(field->max, p));
}

/* Bytes, elements or members; -1 for what has no length. */
static apr_ssize_t length_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return (apr_ssize_t)json_string_length(value);
    case JSON_ARRAY:
        return (apr_ssize_t)json_array_size(value);
    case JSON_OBJECT:
        return (apr_ssize_t)json_object_size(value);
    default:
        return -1;
    }
}

/* What an index can hold: Postgres takes about 2700 bytes. */
#define MAX_UNIQUE_BYTES 2048

static const char *check_length(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    int is_text = json_is_string(value);
    apr_size_t least = field->len_min, most = field->len_max, length;

    if (length_of(value) < 0)
        return NULL;
    length = (apr_size_t)length_of(value);
    if (is_text && least == 0 && !(field->flags & GW_MAY_BE_EMPTY))
        least = 1;
    if (is_text && most == 0 && (field->flags & GW_UNIQUE))
        most = MAX_UNIQUE_BYTES;
    if (length < least && least != most)
        return apr_psprintf(p, "length must be at least %" APR_SIZE_T_FMT, least);
    if (most > 0 && (length < least || length > most))
        return least == most ? apr_psprintf(p, "length must be %" APR_SIZE_T_FMT, least)
                             : apr_psprintf(p, "length must be at most %" APR_SIZE_T_FMT, most);
    return NULL;
}

static const char *check_start(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    if (field->starts_with != NULL && json_is_string(value) &&
        strncmp(json_string_value(value), field->starts_with, strlen(field->starts_with)) != 0)
        return apr_pstrcat(p, "should start with: ", field->starts_with, NULL);
    return NULL;
}

static const char *check_contains(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    if (field->contains != NULL && !has_element(value, field->contains))
        return apr_pstrcat(p, "expected to contain: ", field->contains, NULL);
    return NULL;
}

static const char *check_exclusive(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    const char *const *const *subset;
    const char *hit = NULL;
    int nhit = 0;

    for (subset = field->exclusive_sets; subset != NULL && *subset != NULL; subset++) {
        const char *const *word = *subset;

        while (*word != NULL && !has_element(value, *word))
            word++;
        if (*word == NULL)
            continue;
        nhit++;
        hit = apr_pstrcat(p, hit != NULL ? hit : "", hit != NULL ? ", " : "", "('", list_words(*subset, "', '", p),
                          "')", NULL);
    }
    return nhit > 1 ? apr_pstrcat(p, "these sets are mutually exclusive: ", hit, NULL) : NULL;
}

static const char *check_custom(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    return field->check != NULL ? field->check(value, field, p) : NULL;
}

static limit_fn *const limits[] = { check_words,    check_gt,       check_format,    check_range, check_length,
                                    check_start,    check_contains, check_exclusive, check_custom };

const char *gw_number_format(double value, apr_pool_t *p)
{
    char text[32];

    if (value == floor(value) && fabs(value) < 1e15)
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)value);
    snprintf(text, sizeof(text), "%.14g", value); /* APR's own writes .5 for 0.5 */
    return apr_pstrdup(p, text);
}

const char *gw_limits_check(const gw_field *field, const json_t *value, apr_pool_t *p)
{
    const char *message = NULL;
    size_t i;

    for (i = 0; i < sizeof(limits) / sizeof(limits[0]) && message == NULL; i++)
        message = limits[i](field, value, p);
    return message;
}
