/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password.h - passwords at rest, and whether a guess is one.
 *
 * Ours are crypt(3)'s yescrypt strings: slow, with memory, salted, never cut however long the password is. A row from
 * elsewhere may hold any crypt(3) string, or the reference's form: 40 hex digits, the SHA-1 of the password and the
 * consumer's id. Whoever guesses learns nothing from the time it takes: no such name, a wrong password and a wrong one
 * against a SHA-1 cost the same one hash. (Against a foreign crypt(3) string it costs what that string's method does.)
 * All but the making of a setting is slow on purpose: call it from a thread of hash_crew.h. Pure; threads: any.
 */
#ifndef GW_BASICAUTH_PASSWORD_H
#define GW_BASICAUTH_PASSWORD_H

#include <apr.h>

#define GW_PASSWORD_BYTES 384 /* as crypt(3) has it; NUL included */

/* A setting as ours, to hash with where there is nothing to compare with. 0: this crypt(3) knows no yescrypt. Quick. */
int gw_password_decoy_make(char out[GW_PASSWORD_BYTES]);
/* A hash as we keep it. 0: there is no memory for it. */
int gw_password_hash(char out[GW_PASSWORD_BYTES], const char *password);

typedef enum gw_password_verdict {
    GW_PASSWORD_WRONG,
    GW_PASSWORD_GOOD,
    GW_PASSWORD_OUTDATED, /* good, and kept in the SHA-1 form: `hash` is what to keep from now on */
    GW_PASSWORD_UNKNOWN   /* it could not be found out: no memory */
} gw_password_verdict;

/* A guess. Borrowed throughout. */
typedef struct gw_password_guess {
    const char *password;
    const char *kept;        /* what the row holds; NULL = there is no such name */
    const char *consumer_id; /* NULL as above */
    const char *decoy;       /* of gw_password_decoy_make */
} gw_password_guess;

/* `hash` is written for GW_PASSWORD_OUTDATED only. */
gw_password_verdict gw_password_judge(char hash[GW_PASSWORD_BYTES], const gw_password_guess *guess);

#endif
