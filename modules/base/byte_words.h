/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_words.h - looks for bytes of a kind in a text, eight at a time: most texts that requests bring have none, and
 * are asked again and again. Pure, inline, allocates nothing; threads: any.
 */
#ifndef GW_BASE_BYTE_WORDS_H
#define GW_BASE_BYTE_WORDS_H

#include <string.h>
#include <apr.h>

#define GW_EACH_BYTE(c) (APR_UINT64_C(0x0101010101010101) * (c))

/* The high bit of each byte that is below c (at most 0x80), or equal to c; perhaps of others behind such a byte too
 * (the sums borrow): 0 is certain. */
static inline apr_uint64_t gw_bytes_below(apr_uint64_t word, unsigned char c)
{
    return (word - GW_EACH_BYTE(c)) & ~word & GW_EACH_BYTE(0x80);
}

static inline apr_uint64_t gw_bytes_equal(apr_uint64_t word, unsigned char c)
{
    return gw_bytes_below(word ^ GW_EACH_BYTE(c), 1);
}

/* Does `find`, which gets eight bytes and must find nothing in spaces, find something in the text? */
static inline int gw_bytes_find(const char *text, apr_size_t len, apr_uint64_t (*find)(apr_uint64_t word))
{
    apr_uint64_t word = GW_EACH_BYTE(' '), found = 0;
    const char *last = text + len - 8;

    if (len < 8) {
        for (; len > 0; len--)
            word = word << 8 | (unsigned char)*text++;
        return find(word) != 0;
    }
    for (; text < last; text += 8) {
        memcpy(&word, text, 8);
        found |= find(word);
    }
    memcpy(&word, last, 8); /* overlaps those before */
    return (found | find(word)) != 0;
}

#endif
