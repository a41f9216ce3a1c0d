/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password_test.c - passwords at rest: every form a row may hold, none is cut, and what a guess costs.
 */
#include "password.h"
#include "tap.h"

#include <stdlib.h>
#include <time.h>

#define CHEAP "$y$j0.$" /* yescrypt at its least cost, for tests that hash often */

static char *hash_of(const char *password)
{
    static char out[GW_PASSWORD_BYTES];

    return gw_password_hash(out, password) ? out : NULL;
}

static gw_password_verdict judge(const char *password, const char *kept)
{
    char hash[GW_PASSWORD_BYTES];
    gw_password_guess guess = { password, kept, kept != NULL ? "c0ffee" : NULL, CHEAP "abcd" };

    return gw_password_judge(hash, &guess);
}

/* SHA-1 of "secret" + "c0ffee". */
#define SHA1 "a34a31283f090a4768fdf7f0db5f355507257511"

#define SHA512 \
    "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1"
#define BCRYPT "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"

static void test_forms(void)
{
    static const struct { const char *kept, *password; gw_password_verdict want; const char *why; } rows[] = {
        { "$6$rounds=1000$salt$", "secret", GW_PASSWORD_WRONG, "a setting without a hash" },
        { SHA512, "secret", GW_PASSWORD_GOOD, "another method of crypt(3)" },
        { SHA512, "Secret", GW_PASSWORD_WRONG, "another method of crypt(3), wrong" },
        { BCRYPT, "secret", GW_PASSWORD_GOOD, "bcrypt" },
        { BCRYPT, "Secret", GW_PASSWORD_WRONG, "bcrypt, wrong" },
        { CHEAP "efgh$96.kLiDoSdPJThxfO0yAl8SDkGd5FNwiTijb1tF9AqD", "secret", GW_PASSWORD_GOOD, "yescrypt of another cost" },
        { "", "", GW_PASSWORD_WRONG, "an empty row takes no empty password" },
        { "secret", "secret", GW_PASSWORD_WRONG, "a row in plain text opens nothing" },
        { "$", "$", GW_PASSWORD_WRONG, "what no crypt(3) knows opens nothing" },
        { "$zz$salt$hash", "secret", GW_PASSWORD_WRONG, "nor does an unknown method" },
        { "*0", "secret", GW_PASSWORD_WRONG, "nor does crypt(3)'s word for failure" },
        { "abJnggxhB/yWI", "secret", GW_PASSWORD_WRONG, "nor does the oldest form, which is cut at 8" },
        { NULL, "secret", GW_PASSWORD_WRONG, "no such name" },
        { NULL, "", GW_PASSWORD_WRONG, "no such name, no password" },
        { SHA1, "Secret", GW_PASSWORD_WRONG, "a SHA-1, wrong" },
        { SHA1, SHA1, GW_PASSWORD_WRONG, "a SHA-1 is not its own password" },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        is_int(judge(rows[i].password, rows[i].kept), rows[i].want, rows[i].why);
}

static void test_ours(void)
{
    char kept[GW_PASSWORD_BYTES], again[GW_PASSWORD_BYTES];

    strcpy(kept, hash_of("secret"));
    strcpy(again, hash_of("secret"));
    ok(strncmp(kept, "$y$", 3) == 0, "yescrypt");
    ok(strcmp(kept, again) != 0, "with a salt of its own");
    is_int(judge("secret", kept), GW_PASSWORD_GOOD, "the password");
    is_int(judge("secret ", kept), GW_PASSWORD_WRONG, "with a blank");
    is_int(judge("", kept), GW_PASSWORD_WRONG, "none");
    is_int(judge(kept, kept), GW_PASSWORD_WRONG, "a hash is not its own password");
    strcpy(kept, hash_of(""));
    is_int(judge("", kept), GW_PASSWORD_GOOD, "an empty password is one, where it was set");
}

static void test_sha1(void)
{
    char hash[GW_PASSWORD_BYTES] = "";
    gw_password_guess guess = { "secret", SHA1, "c0ffee", CHEAP "abcd" };

    is_int(gw_password_judge(hash, &guess), GW_PASSWORD_OUTDATED, "the reference's form");
    ok(strncmp(hash, "$y$", 3) == 0, "comes with what to keep from now on");
    is_int(judge("secret", hash), GW_PASSWORD_GOOD, "which is the password's");
    guess.kept = "A34A31283F090A4768FDF7F0DB5F355507257511";
    is_int(gw_password_judge(hash, &guess), GW_PASSWORD_OUTDATED, "in capitals too");
    guess.consumer_id = "c0ffed";
    is_int(gw_password_judge(hash, &guess), GW_PASSWORD_WRONG, "it is salted with the consumer's id");
}

/* Of each length two passwords that differ in their last byte. */
static void test_lengths(void)
{
    static const int lengths[] = { 8, 71, 72, 73, 255, 256, 510, 511, 512, 513, 1000, 10000 };

    for (size_t i = 0; i < COUNT(lengths); i++) {
        const int len = lengths[i];
        char *password = calloc(1, (size_t)len + 2), kept[GW_PASSWORD_BYTES], name[64];

        memset(password, 'p', (size_t)len);
        strcpy(kept, hash_of(password));
        snprintf(name, sizeof(name), "%d bytes: good", len);
        is_int(judge(password, kept), GW_PASSWORD_GOOD, name);
        password[len - 1] = 'q';
        snprintf(name, sizeof(name), "%d bytes: the last one counts", len);
        is_int(judge(password, kept), GW_PASSWORD_WRONG, name);
        password[len - 1] = '\0';
        snprintf(name, sizeof(name), "%d bytes: one less is wrong", len);
        is_int(judge(password, kept), GW_PASSWORD_WRONG, name);
        password[len - 1] = 'p';
        password[len] = 'p';
        snprintf(name, sizeof(name), "%d bytes: one more is wrong", len);
        is_int(judge(password, kept), GW_PASSWORD_WRONG, name);
        free(password);
    }
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int cmp_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Three kinds of wrong guesses in turn, at a cost so low that whatever else they do would show: the medians of 10,000
 * tries each lie close together. A hash left out, or a second one, would be a factor. */
static void test_costs(void)
{
    enum { NTRIES = 10000 };
    static const char *const kinds[] = { NULL, CHEAP "efgh$pjQbPX8TuE9ZQ8cJvtTmcDQBnWwgKrsnAsCqPTXLGt2", SHA1 };
    static const char *const names[] = { "no such name", "a wrong password", "a wrong password, kept as SHA-1" };
    static double took[COUNT(kinds)][NTRIES];
    double middle[COUNT(kinds)];

    for (int i = 0; i < NTRIES; i++)
        for (size_t k = 0; k < COUNT(kinds); k++) {
            double began = now_us();

            if (judge("guess", kinds[k]) != GW_PASSWORD_WRONG)
                abort();
            took[k][i] = now_us() - began;
        }
    for (size_t k = 0; k < COUNT(kinds); k++) {
        qsort(took[k], NTRIES, sizeof(double), cmp_doubles);
        middle[k] = took[k][NTRIES / 2];
        printf("# %s: median %.2f us\n", names[k], middle[k]);
    }
    for (size_t k = 1; k < COUNT(kinds); k++)
        ok(middle[k] < middle[0] * 1.15 && middle[0] < middle[k] * 1.15, names[k]);
}

int main(void)
{
    test_forms();
    test_ours();
    test_sha1();
    test_lengths();
    test_costs();
    return done();
}
