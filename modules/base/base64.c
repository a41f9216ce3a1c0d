/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64.c - base64url, strict for tokens and lenient for secrets that people paste (RFC 4648).
 */
#include "text.h"

/* Value of a character plus 1, so that 0 means "none"; SHARED are the 62 that both alphabets have. */
#define SHARED                                                                                                         \
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10,     \
    ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19,        \
    ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,        \
    ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,        \
    ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46,        \
    ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,        \
    ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62

static const unsigned char url_values[256] = { SHARED, ['-'] = 63, ['_'] = 64 };
static const unsigned char any_values[256] = { SHARED, ['-'] = 63, ['_'] = 64, ['+'] = 63, ['/'] = 64 };
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The last 2 or 3 characters of a text; *spare are the bits that carry nothing. */
static apr_size_t decode_tail(unsigned char *out, const unsigned char *in, apr_size_t n, const unsigned char *values,
                              unsigned *spare, int *bad)
{
    unsigned a = values[in[0]], b = values[in[1]], c = n == 3 ? values[in[2]] : 1;
    unsigned bits = ((a - 1) << 12) | ((b - 1) << 6) | (c - 1);

    *bad |= !a | !b | !c;
    out[0] = (unsigned char)(bits >> 10);
    if (n == 2) {
        *spare = (bits >> 6) & 15;
        return 1;
    }
    out[1] = (unsigned char)(bits >> 2);
    *spare = bits & 3;
    return 2;
}

static apr_ssize_t decode(unsigned char *out, const char *text, apr_size_t len, const unsigned char *values, int strict)
{
    const unsigned char *in = (const unsigned char *)text;
    unsigned char *start = out;
    unsigned spare = 0;
    int bad = 0;

    if (len % 4 == 1)
        return -1;
    for (; len >= 4; len -= 4, in += 4, out += 3) {
        unsigned a = values[in[0]], b = values[in[1]], c = values[in[2]], d = values[in[3]];
        unsigned bits = ((a - 1) << 18) | ((b - 1) << 12) | ((c - 1) << 6) | (d - 1);

        bad |= !a | !b | !c | !d;
        out[0] = (unsigned char)(bits >> 16);
        out[1] = (unsigned char)(bits >> 8);
        out[2] = (unsigned char)bits;
    }
    if (len > 0)
        out += decode_tail(out, in, len, values, &spare, &bad);
    if (bad || (strict && spare != 0))
        return -1;
    return out - start;
}

apr_ssize_t gw_base64url_decode(unsigned char *out, const char *in, apr_size_t len)
{
    return decode(out, in, len, url_values, 1);
}

apr_ssize_t gw_base64_decode_any(unsigned char *out, const char *in, apr_size_t len)
{
    apr_size_t padding = 0;

    while (padding < 2 && padding < len && in[len - 1 - padding] == '=')
        padding++;
    if (padding > 0 && len % 4 != 0)
        return -1;
    return decode(out, in, len - padding, any_values, 0);
}

char *gw_base64url_encode(const void *in, apr_size_t len, apr_pool_t *p)
{
    const unsigned char *b = in;
    char *text = apr_palloc(p, len / 3 * 4 + 5), *out = text;
    unsigned bits;

    for (; len >= 3; len -= 3, b += 3) {
        bits = (unsigned)b[0] << 16 | (unsigned)b[1] << 8 | b[2];
        *out++ = url_alphabet[bits >> 18];
        *out++ = url_alphabet[bits >> 12 & 63];
        *out++ = url_alphabet[bits >> 6 & 63];
        *out++ = url_alphabet[bits & 63];
    }
    if (len > 0) {
        bits = (unsigned)b[0] << 16 | (len == 2 ? (unsigned)b[1] << 8 : 0);
        *out++ = url_alphabet[bits >> 18];
        *out++ = url_alphabet[bits >> 12 & 63];
        if (len == 2)
            *out++ = url_alphabet[bits >> 6 & 63];
    }
    *out = '\0';
    return text;
}
