/* SPDX-License-Identifier: Apache-2.0 */
/* pattern.c - see pattern.h. */
#include "pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 100000 /* steps; PCRE2's default of ten million is seconds of CPU */
#define DEPTH_LIMIT 20000
#define HEAP_LIMIT_KIB 4096

/* A pcre2_code under a name of ours. */
gw_pattern *gw_pattern_compile(const char *regex, unsigned flags)
{
    const uint32_t options = flags & GW_PATTERN_WHOLE ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
    PCRE2_SIZE at;
    int why;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, options, &why, &at, NULL);

    if (code != NULL)
        pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without JIT the interpreter runs it */
    return (gw_pattern *)code;
}

void gw_pattern_free(gw_pattern *pattern)
{
    pcre2_code_free((pcre2_code *)pattern);
}

int gw_pattern_first(gw_pattern *const *patterns, int n, const char *subject, size_t len)
{
    pcre2_match_context *context;
    pcre2_match_data *match;
    int i = n;

    if (n == 0)
        return -1;
    context = pcre2_match_context_create(NULL);
    match = pcre2_match_data_create(1, NULL);
    if (context == NULL || match == NULL)
        abort();
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_depth_limit(context, DEPTH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
    for (i = 0; i < n; i++)
        if (patterns[i] != NULL &&
            pcre2_match((const pcre2_code *)patterns[i], (PCRE2_SPTR)subject, len, 0, 0, match, context) >= 0)
            break;
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
    return i < n ? i : -1;
}
