/* SPDX-License-Identifier: Apache-2.0 */
/* ip_set.c - see ip_set.h. Ranges of one family are sorted and do not touch, so one search among them decides. */
#include "ip_set.h"

#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "arena.h"

#define TEXT_MAX 64 /* of an address with its mask */

/* Both ends are members. */
typedef struct range {
    unsigned char from[16], to[16];
} range;

typedef struct family {
    int n;
    range *ranges;
} family;

struct gw_ip_set {
    family v4, v6;
};

static const unsigned char mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static int parse_address(gw_ip *ip, const char *text)
{
    memset(ip, 0, sizeof(*ip));
    if (inet_pton(AF_INET, text, ip->bytes) == 1)
        return 1;
    ip->is_v6 = 1;
    return inet_pton(AF_INET6, text, ip->bytes) == 1;
}

/* ::ffff:1.2.3.4 is 1.2.3.4 */
static int is_mapped(const gw_ip *ip)
{
    return ip->is_v6 && memcmp(ip->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static void unmap(gw_ip *ip)
{
    memmove(ip->bytes, ip->bytes + 12, 4);
    memset(ip->bytes + 4, 0, 12);
    ip->is_v6 = 0;
}

int gw_ip_parse(gw_ip *ip, const char *text)
{
    const apr_size_t len = strcspn(text, "%");
    char address[TEXT_MAX];

    if (text[len] == '%') { /* fe80::1%eth0: which link it came by */
        if (len >= sizeof(address) || text[len + 1] == '\0')
            return 0;
        memcpy(address, text, len);
        address[len] = '\0';
        text = address;
    }
    if (!parse_address(ip, text) || (text == address && !ip->is_v6))
        return 0;
    if (is_mapped(ip))
        unmap(ip);
    return 1;
}

/* "address" or "address/bits". */
static int parse_range(range *out, int *is_v6, const char *text)
{
    const char *slash = strchr(text, '/');
    char address[TEXT_MAX];
    gw_ip ip;
    long bits, most;

    if (strlen(text) >= sizeof(address))
        return 0;
    memcpy(address, text, strlen(text) + 1);
    if (slash != NULL)
        address[slash - text] = '\0';
    if (!parse_address(&ip, address))
        return 0;
    most = ip.is_v6 ? 128 : 32;
    bits = slash != NULL ? strtol(slash + 1, NULL, 10) : most;
    if (bits < 0 || bits > most)
        return 0;
    if (is_mapped(&ip) && bits >= 96) { /* as clients of that network are told from others */
        unmap(&ip);
        bits -= 96;
        most = 32;
    }
    *is_v6 = ip.is_v6;
    memcpy(out->from, ip.bytes, 16);
    memcpy(out->to, ip.bytes, 16);
    for (long bit = bits; bit < most; bit++) {
        out->from[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
        out->to[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
    }
    return 1;
}

static int cmp_ranges(const void *a, const void *b)
{
    return memcmp(((const range *)a)->from, ((const range *)b)->from, 16);
}

/* Networks overlap by containing one another: after sorting, what lies in the one before is dropped. */
static void settle(family *f)
{
    int n = 0;

    qsort(f->ranges, (size_t)f->n, sizeof(range), cmp_ranges);
    for (int i = 0; i < f->n; i++) {
        range *last = n > 0 ? &f->ranges[n - 1] : NULL;

        if (last == NULL || memcmp(f->ranges[i].from, last->to, 16) > 0)
            f->ranges[n++] = f->ranges[i];
        else if (memcmp(f->ranges[i].to, last->to, 16) > 0)
            memcpy(last->to, f->ranges[i].to, 16);
    }
    f->n = n;
}

const gw_ip_set *gw_ip_set_make(const gw_strings *members, gw_arena *arena)
{
    gw_ip_set *set = gw_arena_calloc(arena, sizeof(*set));
    size_t room = (size_t)(members->n > 0 ? members->n : 1);

    set->v4.ranges = gw_arena_alloc(arena, room * sizeof(range));
    set->v6.ranges = gw_arena_alloc(arena, room * sizeof(range));
    for (int i = 0; i < members->n; i++) {
        range found;
        int is_v6;

        if (parse_range(&found, &is_v6, members->v[i])) {
            family *f = is_v6 ? &set->v6 : &set->v4;

            f->ranges[f->n++] = found;
        }
    }
    settle(&set->v4);
    settle(&set->v6);
    return set;
}

int gw_ip_set_has(const gw_ip_set *set, const gw_ip *ip)
{
    const family *f = ip->is_v6 ? &set->v6 : &set->v4;
    int from = 0, to = f->n;

    while (from < to) { /* the first range that does not end before ip */
        int middle = from + (to - from) / 2;

        if (memcmp(f->ranges[middle].to, ip->bytes, 16) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < f->n && memcmp(f->ranges[from].from, ip->bytes, 16) <= 0;
}
