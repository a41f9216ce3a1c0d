/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_regex.h - PCRE2 behind the few calls that routing needs: compile once, run within limits on any thread.
 *
 * No UTF mode: paths and header values are bytes. A run that would take too long ends as "gave up".
 */
#ifndef GW_ROUTER_ROUTER_REGEX_H
#define GW_ROUTER_ROUTER_REGEX_H

#include "arena.h"

typedef struct gw_regex {
    void *code;               /* pcre2_code */
    const char *literal;      /* every match begins with these bytes; "" = not known. Only for anchored regexes */
    size_t literal_len;
    int nnames;               /* named groups */
    const char *const *names; /* in the arena */
    const int *groups;        /* the number of the group of each name */
} gw_regex;

typedef enum gw_regex_flags {
    GW_REGEX_SEARCH = 0,
    GW_REGEX_ANCHORED = 1 << 0, /* at the start; never at the end */
    GW_REGEX_ONCE = 1 << 1      /* not worth a JIT compilation */
} gw_regex_flags;

typedef struct gw_regex_hit {
    size_t start, end;
    const size_t *groups; /* start, end per group, (size_t)-1 = took no part; borrowed until this thread's next run */
    int ngroups;
} gw_regex_hit;

/* NULL and *why (in the arena) when it does not compile. Memory in the arena but for `code`: gw_regex_free. */
gw_regex *gw_regex_compile(const char **why, const char *pattern, unsigned flags, gw_arena *arena);
void gw_regex_free(gw_regex *regex);
/* 1: *hit; 0: no match; -1: gave up. */
int gw_regex_run(gw_regex_hit *hit, const gw_regex *regex, const char *subject, size_t len);
/* Run once more for the named groups that take part: how many, their names, and start and end of each. All in p. */
int gw_regex_captures(const char *const **names, const int **offsets, const gw_regex *regex, const char *subject,
                      size_t len, apr_pool_t *p);

#endif
