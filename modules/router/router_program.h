/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_program.h - a route taken apart for matching: words with their hashes, regexes, and its entries.
 *
 * The contract splits a route into copies (one per prefix length, one of all regexes) and ranks the copies; here each
 * pair of one host and one path is an entry with the rank of its copy. Read-only once made.
 */
#ifndef GW_ROUTER_ROUTER_PROGRAM_H
#define GW_ROUTER_ROUTER_PROGRAM_H

#include <stdint.h>

#include "router.h"
#include "router_regex.h"

/* A text to be found in a table; `tag` tells texts of different kinds apart (a port, a header name). */
typedef struct gw_word {
    const char *text;
    uint32_t len;
    uint32_t hash; /* gw_word_hash, case ignored; of a host's suffix from the end */
    uint32_t tag;
} gw_word;

typedef enum gw_host_kind { GW_HOST_ANY, GW_HOST_EXACT, GW_HOST_SUFFIX, GW_HOST_PREFIX } gw_host_kind;

typedef struct gw_host {
    gw_host_kind kind;
    gw_word word; /* lower case; ".x" for "*.x", "x." for "x.*"; the tag is the port, 0 = any */
} gw_host;

typedef struct gw_wanted_header {
    gw_word name;
    int nvalues;
    const gw_word *values; /* exact ones, lower case */
    int nregexes;
    gw_regex *const *regexes;
} gw_wanted_header;

/* Where an entry stands among all, best first by the contract's order. */
typedef struct gw_rank {
    uint16_t shape;  /* criteria (3 bits), plain hosts only, header names (8 bits), regex */
    uint16_t has_port;
    uint32_t order;  /* of a regex within its route */
    uint64_t weight; /* regex_priority or bytes of the prefix */
} gw_rank;

typedef struct gw_entry {
    gw_rank rank;
    const gw_program *program;
    const gw_host *host;   /* never NULL */
    gw_word path;          /* the prefix, or the regex's literal start; "" */
    const gw_regex *regex; /* NULL: prefix or no path */
    int has_path;
} gw_entry;

struct gw_program {
    const gw_route *route;
    int nentries;
    gw_entry *entries;
    int nmethods, nsnis, nheaders, nfailures;
    const gw_word *methods;
    const gw_word *snis; /* lower case, without a dot at the end */
    gw_wanted_header *headers;
    const char **failures; /* what could not be used, a sentence each */
    gw_arena *arena;
};

/* FNV-1a over lower-cased bytes; step through with gw_hash_byte. */
#define GW_HASH_START 2166136261u
static inline unsigned char gw_lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}
static inline uint32_t gw_hash_byte(uint32_t hash, char c)
{
    return (hash ^ gw_lower(c)) * 16777619u;
}
uint32_t gw_hash_text(const char *text, size_t len);

/* > 0 when a goes before b; 0 only for entries of one route that stand for the same copy and place. */
int gw_entry_cmp(const gw_entry *a, const gw_entry *b);

#endif
