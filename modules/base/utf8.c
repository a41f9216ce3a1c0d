/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.c - is this UTF-8? By the table of RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#include "text.h"

/* Which second byte may follow a lead byte, and how many bytes follow it in all. */
static const struct lead {
    unsigned char from, to, second_min, second_max, following;
} leads[] = {
    { 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 }, { 0xe1, 0xec, 0x80, 0xbf, 2 },
    { 0xed, 0xed, 0x80, 0x9f, 2 }, { 0xee, 0xef, 0x80, 0xbf, 2 }, { 0xf0, 0xf0, 0x90, 0xbf, 3 },
    { 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

/* Length of the valid multi-byte character at s, or 0. */
static apr_size_t sequence_length(const unsigned char *s, apr_size_t left)
{
    apr_size_t i, k;

    for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        const struct lead *lead = &leads[i];

        if (s[0] < lead->from || s[0] > lead->to)
            continue;
        if (left <= lead->following || s[1] < lead->second_min || s[1] > lead->second_max)
            return 0;
        for (k = 2; k <= lead->following; k++)
            if ((s[k] & 0xc0) != 0x80)
                return 0;
        return lead->following + 1u;
    }
    return 0;
}

int gw_utf8_is_valid(const char *text, apr_size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    apr_size_t i = 0;

    while (i < len) {
        apr_size_t n = s[i] < 0x80 ? 1 : sequence_length(s + i, len - i);

        if (n == 0)
            return 0;
        i += n;
    }
    return 1;
}
