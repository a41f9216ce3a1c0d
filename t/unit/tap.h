/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap.h - the Test Anything Protocol in one small header, for unit tests in C.
 * The plan counts itself: call done() last and return what it returns.
 */
#ifndef GW_T_TAP_H
#define GW_T_TAP_H

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Once at the top of a test whose subject lives until the process ends, in memory that leak checkers do not see. */
#define DO_NOT_LOOK_FOR_LEAKS                                                               \
    __attribute__((visibility("default"))) const char *__asan_default_options(void);        \
    const char *__asan_default_options(void) { return "detect_leaks=0"; }

static int tap_run, tap_failed;

__attribute__((unused)) static int ok(int good, const char *name)
{
    tap_run++;
    tap_failed += !good;
    printf("%sok %d - %s\n", good ? "" : "not ", tap_run, name);
    return good;
}

__attribute__((unused)) static int is_int(long long got, long long want, const char *name)
{
    if (!ok(got == want, name))
        printf("#      got: %lld\n# expected: %lld\n", got, want);
    return got == want;
}

__attribute__((unused)) static int is_str(const char *got, const char *want, const char *name)
{
    int same = got == want || (got && want && strcmp(got, want) == 0);

    if (!ok(same, name))
        printf("#      got: %s\n# expected: %s\n", got ? got : "(null)", want ? want : "(null)");
    return same;
}

__attribute__((unused)) static void skip_all(const char *why)
{
    printf("1..0 # SKIP %s\n", why);
}

__attribute__((unused)) static int done(void)
{
    printf("1..%d\n", tap_run);
    return tap_failed ? 1 : 0;
}

#endif
