/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ip_set.c - lines of text as networks, the last one as an address: the set answers as a look at each network
 * says, compared bit by bit.
 */
#include "arena.h"
#include "fuzz.h"
#include "ip_set.h"

#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <apr_strings.h>

#define MOST 64

static int same_bits(const unsigned char *a, const unsigned char *b, long bits)
{
    for (long i = 0; i < bits; i++)
        if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
            return 0;
    return 1;
}

/* Both as 128 bits: an IPv4 address stands where it is mapped to. */
static int parse(unsigned char bytes[16], int *is_v6, const char *text)
{
    memset(bytes, 0, 16);
    memset(bytes + 10, 0xff, 2);
    *is_v6 = inet_pton(AF_INET, text, bytes + 12) != 1;
    return !*is_v6 || inet_pton(AF_INET6, text, bytes) == 1;
}

static int is_in(const char *network, const gw_ip *ip, apr_pool_t *p)
{
    char *address = apr_pstrdup(p, network), *slash = strchr(address, '/');
    unsigned char own[16], asked[16] = { 0 };
    long most, bits;
    int is_v6;

    if (strlen(network) > 63)
        return 0;
    if (slash != NULL)
        *slash = '\0';
    if (!parse(own, &is_v6, address))
        return 0;
    most = is_v6 ? 128 : 32;
    bits = slash != NULL ? strtol(slash + 1, NULL, 10) : most;
    if (bits < 0 || bits > most)
        return 0;
    bits += is_v6 ? 0 : 96;
    if (ip->is_v6) {
        memcpy(asked, ip->bytes, 16);
        return is_v6 && same_bits(own, asked, bits);
    }
    memset(asked + 10, 0xff, 2);
    memcpy(asked + 12, ip->bytes, 4);
    return bits >= 96 && same_bits(own, asked, bits); /* ::/0 is all of IPv6, no more */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *lines[MOST];
    gw_strings members = { .n = 0, .set = 1, .v = lines };
    gw_arena *arena;
    apr_pool_t *p;
    char *text, *state, *line;
    gw_ip ip;

    p = make_input_pool();
    arena = gw_arena_make(0);
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    for (line = apr_strtok(text, "\n", &state); line != NULL && members.n < MOST; line = apr_strtok(NULL, "\n", &state))
        lines[members.n++] = line;
    if (members.n > 0 && gw_ip_parse(&ip, lines[--members.n])) {
        int want = 0;

        for (int i = 0; i < members.n; i++)
            want |= is_in(lines[i], &ip, p);
        if (gw_ip_set_has(gw_ip_set_make(&members, arena), &ip) != want)
            abort();
    }
    gw_arena_destroy(arena);
    apr_pool_destroy(p);
    return 0;
}
