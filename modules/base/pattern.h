/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.h - regexes of plugins' configs: compiled once, run within limits on any thread. No UTF mode: headers are
 * bytes.
 */
#ifndef GW_BASE_PATTERN_H
#define GW_BASE_PATTERN_H

#include <stddef.h>

typedef struct gw_pattern gw_pattern;

enum {
    GW_PATTERN_WHOLE = 1 << 0 /* the whole subject matches, or nothing does */
};

/* NULL when it does not compile. Freed by gw_pattern_free; read-only, threads: any. */
gw_pattern *gw_pattern_compile(const char *regex, unsigned flags);
void gw_pattern_free(gw_pattern *pattern); /* NULL is fine */
/* The index of the first of the n patterns that matches, -1 when none does. NULL patterns, and runs that would take too
 * long, match nothing. */
int gw_pattern_first(gw_pattern *const *patterns, int n, const char *subject, size_t len);

#endif
