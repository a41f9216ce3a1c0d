/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_parse.c - JSON from strangers: what two parsers could read differently is refused (RFC 8259, RFC 8725 2.4), and
 * so is what takes much more memory than it has bytes, before it does.
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>

#define STRICT (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)
#define INT64_DIGITS 19

/* 1 when brackets nest deeper than `depth`, or brackets that open and commas are more than `max_values`. Strings are
 * skipped as a JSON lexer would; text that is no JSON may be judged either way, the parser refuses it anyhow. */
static int is_too_much(const char *text, apr_size_t len, int depth, apr_size_t max_values)
{
    int in_string = 0, level = 0;
    apr_size_t nvalues = 0, i;

    for (i = 0; i < len; i++) {
        char c = text[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = 0;
        }
        else if (c == '"')
            in_string = 1;
        else if (c == '[' || c == '{') {
            if (++level > depth || ++nvalues > max_values)
                return 1;
        }
        else if (c == ',') {
            if (++nvalues > max_values)
                return 1;
        }
        else if (c == ']' || c == '}')
            level--;
    }
    return 0;
}

/* Without JSON_DISABLE_EOF_CHECK trailing bytes are refused, without JSON_ALLOW_NUL \u0000 is; UTF-8 is checked
 * always. */
static json_t *parse(json_error_t *error, const char *text, apr_size_t len)
{
    return json_loadb(text, len, STRICT, error);
}

/* ---- integers that are too large ---- */

/* How long the string, the number or else the one byte at `text` is. */
static apr_size_t piece_len(const char *text, apr_size_t len)
{
    apr_size_t n = 1;

    if (*text == '"') {
        while (n < len && text[n] != '"')
            n += text[n] == '\\' ? 2 : 1;
        return n < len ? n + 1 : len;
    }
    if (*text == '-' || apr_isdigit(*text))
        while (n < len && text[n] != '\0' && strchr("+-.0123456789eE", text[n]) != NULL)
            n++;
    return n;
}

/* 1 for an integer that 64 bits do not hold. */
static int is_large_integer(const char *text, apr_size_t len)
{
    const int is_negative = *text == '-';
    const char *digits = text + is_negative, *most = is_negative ? "9223372036854775808" : "9223372036854775807";
    const apr_size_t n = len - (apr_size_t)is_negative;
    apr_size_t i;

    for (i = 0; i < n; i++)
        if (!apr_isdigit(digits[i]))
            return 0;
    return n > INT64_DIGITS || (n == INT64_DIGITS && memcmp(digits, most, n) > 0);
}

/* With "e0" behind each integer that is too large: a real number then, and the others stay what they are. */
static json_t *parse_large(const char *text, apr_size_t len)
{
    char *copy = malloc(len + len / 8 + 2), *to = copy;
    apr_size_t i, n;
    json_t *value;

    if (copy == NULL)
        return NULL;
    for (i = 0; i < len; i += n) {
        n = piece_len(text + i, len - i);
        memcpy(to, text + i, n);
        to += n;
        if (is_large_integer(text + i, n)) {
            *to++ = 'e';
            *to++ = '0';
        }
    }
    value = parse(NULL, copy, (apr_size_t)(to - copy));
    free(copy);
    return value;
}

/* ---- entry points ---- */

json_t *gw_json_parse(const char *text, apr_size_t len, int depth)
{
    return is_too_much(text, len, depth, len) ? NULL : parse(NULL, text, len);
}

json_t *gw_json_parse_foreign(const char *text, apr_size_t len, int depth, apr_size_t max_values)
{
    json_error_t error;
    json_t *value;

    if (is_too_much(text, len, depth, max_values))
        return NULL;
    value = parse(&error, text, len);
    if (value == NULL && json_error_code(&error) == json_error_numeric_overflow)
        return parse_large(text, len);
    return value;
}
