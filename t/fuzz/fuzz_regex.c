/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_regex.c - any bytes as a regex and a path, NUL between them (behind a '!': as fragments of regexes, a byte each,
 * since random bytes seldom compile): what matches begins with the literal start that the
 * index relies on, JIT and interpreter agree, and nothing runs for ages.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "router_regex.h"

/* PCRE2 10.42's JIT and interpreter disagree about how much a recursion takes: /.(?R)*\\x2f\\x2f on slashes. */
static int recurses(const char *pattern)
{
    return strstr(pattern, "(?R)") != NULL || strstr(pattern, "(?1)") != NULL;
}

static void check(const char *pattern, const char *path, apr_pool_t *p)
{
    gw_arena *arena = gw_arena_make(0);
    const char *why, *const *names;
    const int *offsets;
    gw_regex *fast = gw_regex_compile(&why, pattern, GW_REGEX_ANCHORED, arena);
    gw_regex *slow = gw_regex_compile(&why, pattern, GW_REGEX_ANCHORED | GW_REGEX_ONCE, arena);
    gw_regex_hit hit;
    size_t end = 0;
    int rc, rc_slow;

    if ((fast == NULL) != (slow == NULL))
        abort();
    if (fast != NULL) {
        rc = gw_regex_run(&hit, fast, path, strlen(path));
        if (rc > 0) {
            end = hit.end;
            if (strncmp(path, fast->literal, fast->literal_len) != 0)
                abort();
        }
        rc_slow = gw_regex_run(&hit, slow, path, strlen(path));
        if (!recurses(pattern) && rc >= 0 && rc_slow >= 0 && (rc != rc_slow || (rc > 0 && end != hit.end)))
            abort();
        gw_regex_captures(&names, &offsets, fast, path, strlen(path), p);
    }
    gw_regex_free(fast);
    gw_regex_free(slow);
    gw_arena_destroy(arena);
}

/* What could mislead a look for the literal start. */
static const char *const fragments[] = {
    "/", "a", "b", ".", "*", "+", "?", "{0,1}", "{", "}", "(", ")", "|", "[", "]", "[^", "[]", "^", "$", "\\", "-",
    "\\Q", "\\E", "\\c", "(?:", "(?=", "(?!", "(?<x>", "(?|", "(?#", "(?x)", "(?i)", "(?-i)", "(?x:", "(*",
    "(*ACCEPT)", "(*FAIL)", "#", "\n", " ", "[[:alpha:]", "\\b", "\\K", "\\1", "(?1)", "(?R)", "\\x2f", "\\/", "\\.", "A", "_", "\\_",
    "(?>", "(?(1)", "(?^)", "[[", "&&", "~",
};

/* Fragments up to a NUL, then the bytes of a path of few letters. */
static char *spell(const uint8_t *bytes, size_t len)
{
    char *text = calloc(1, len * 16 + 4), *to = text;
    size_t i;

    *to++ = '/';
    for (i = 0; i < len && bytes[i] != 0; i++)
        to = stpcpy(to, fragments[bytes[i] % (sizeof(fragments) / sizeof(fragments[0]))]);
    *to++ = '\0';
    *to++ = '/';
    for (i++; i < len; i++)
        *to++ = "/abA.\\(|[]_#"[bytes[i] % 12];
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static apr_pool_t *pool;
    char *text;

    if (pool == NULL) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    if (len > 0 && bytes[0] == '!') {
        text = spell(bytes + 1, len - 1);
        check(text, text + strlen(text) + 1, pool);
    }
    else {
        text = calloc(1, len + 2);
        memcpy(text, bytes, len);
        check(text, text + (strlen(text) < len ? strlen(text) + 1 : len), pool);
    }
    free(text);
    apr_pool_clear(pool);
    return 0;
}
