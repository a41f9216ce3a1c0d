/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.c - numbers as people write them: 0.1 is not 0.10000000000000001, which is how jansson tells it.
 */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEWEST_DIGITS 15 /* any decimal of so many is told back by so many */

/* Behind the string that begins here. */
static char *skip_string(char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++)
        if (*at == '\\' && at[1] != '\0')
            at++;
    return *at == '"' ? at + 1 : at;
}

/* The shortest text of this number that means the same; its length, 0 = none is shorter than `len`. */
static size_t shorten(char out[32], const char *text, size_t len)
{
    const double number = strtod(text, NULL);

    for (int digits = FEWEST_DIGITS; digits <= FEWEST_DIGITS + 1; digits++) {
        size_t n = (size_t)snprintf(out, 32, "%.*g", digits, number);

        if (strtod(out, NULL) != number)
            continue;
        if (out[strcspn(out, ".e")] == '\0') { /* it is no integer */
            memcpy(out + n, ".0", 3);
            n += 2;
        }
        return n < len ? n : 0;
    }
    return 0;
}

char *gw_json_shorten(char *text)
{
    char *from = text, *to = text, number[32];

    while (from != NULL && *from != '\0') {
        const size_t len = strspn(from, "+-.0123456789eE");
        char *end = *from == '"' ? skip_string(from) : from + (len > 0 && *from != 'e' ? len : 1);
        size_t kept = (size_t)(end - from), n = 0;

        if (*from != '"' && memchr(from, '.', kept) != NULL)
            n = shorten(number, from, kept);
        memmove(to, n > 0 ? number : from, n > 0 ? n : kept);
        to += n > 0 ? n : kept;
        from = end;
    }
    if (to != NULL)
        *to = '\0';
    return text;
}
