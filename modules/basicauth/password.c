/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password.c - crypt(3) with its hazards taken care of: the limit on lengths, and the memory it wants.
 */
#include "password.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <apr_escape.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "text.h"

#define METHOD "$y$" /* yescrypt, with the library's own choice of cost */
#define SHA1_HEX 40

_Static_assert(GW_PASSWORD_BYTES >= CRYPT_OUTPUT_SIZE, "room for what crypt(3) writes");

typedef enum outcome { HASHED, REFUSED, NO_MEMORY } outcome;

/* A password cannot be told from another because a digest could not be had. */
static void digest(char *hex, const EVP_MD *method, const char *a, const char *b)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned len;

    if (ctx == NULL || EVP_DigestInit_ex(ctx, method, NULL) != 1 || EVP_DigestUpdate(ctx, a, strlen(a)) != 1
        || EVP_DigestUpdate(ctx, b, strlen(b)) != 1 || EVP_DigestFinal_ex(ctx, bytes, &len) != 1)
        abort();
    EVP_MD_CTX_free(ctx);
    apr_escape_hex(hex, bytes, len, 0, NULL);
}

/* crypt(3) of `password` by the setting that `setting` begins with. Longer than it takes: the digest in its place, so
 * that nothing is cut. */
static outcome hash_by(char out[GW_PASSWORD_BYTES], const char *password, const char *setting)
{
    char short_form[2 * EVP_MAX_MD_SIZE + 1];
    struct crypt_data *room = calloc(1, sizeof(*room));
    const char *made;
    outcome result = HASHED;

    if (room == NULL)
        return NO_MEMORY;
    if (strlen(password) >= CRYPT_MAX_PASSPHRASE_SIZE) {
        digest(short_form, EVP_sha512(), password, "");
        password = short_form;
    }
    errno = 0;
    made = crypt_rn(password, setting, room, (int)sizeof(*room));
    if (made != NULL)
        memcpy(out, made, strlen(made) + 1);
    else
        result = errno == ENOMEM ? NO_MEMORY : REFUSED;
    OPENSSL_cleanse(room, sizeof(*room));
    free(room);
    return result;
}

int gw_password_decoy_make(char out[GW_PASSWORD_BYTES])
{
    return crypt_gensalt_rn(METHOD, 0, NULL, 0, out, GW_PASSWORD_BYTES) != NULL;
}

int gw_password_hash(char out[GW_PASSWORD_BYTES], const char *password)
{
    char setting[GW_PASSWORD_BYTES];

    return gw_password_decoy_make(setting) && hash_by(out, password, setting) == HASHED;
}

static int is_sha1(const char *kept)
{
    return strspn(kept, "0123456789abcdefABCDEF") == SHA1_HEX && kept[SHA1_HEX] == '\0';
}

static int is_same(const char *a, const char *b)
{
    return gw_secure_is_equal(a, strlen(a), b, strlen(b));
}

/* One hash is computed in each case, and one SHA-1. */
gw_password_verdict gw_password_judge(char hash[GW_PASSWORD_BYTES], const gw_password_guess *guess)
{
    const char *kept = guess->kept != NULL ? guess->kept : "";
    const int is_old = is_sha1(kept);
    char sha1[2 * EVP_MAX_MD_SIZE + 1], old[SHA1_HEX + 1], made[GW_PASSWORD_BYTES];
    outcome result;

    digest(sha1, EVP_sha1(), guess->password, guess->consumer_id != NULL ? guess->consumer_id : guess->decoy);
    if (is_old) {
        for (int i = 0; i <= SHA1_HEX; i++)
            old[i] = (char)(kept[i] >= 'A' && kept[i] <= 'F' ? kept[i] + ('a' - 'A') : kept[i]);
        if (is_same(sha1, old))
            return gw_password_hash(hash, guess->password) ? GW_PASSWORD_OUTDATED : GW_PASSWORD_UNKNOWN;
    }
    result = hash_by(made, guess->password, *kept == '$' ? kept : guess->decoy);
    if (result == REFUSED) /* a string that no crypt(3) knows opens nothing, and shows by nothing */
        result = hash_by(made, guess->password, guess->decoy) == NO_MEMORY ? NO_MEMORY : REFUSED;
    if (result == NO_MEMORY)
        return GW_PASSWORD_UNKNOWN;
    return result == HASHED && *kept == '$' && is_same(made, kept) ? GW_PASSWORD_GOOD : GW_PASSWORD_WRONG;
}
