/* SPDX-License-Identifier: Apache-2.0 */
/* session_crypto.c - HKDF and AES-256-GCM by OpenSSL. What cannot be computed ends the process: nothing may be let
 * through, or told, because a cipher could not be had. */
#include "session_crypto.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "text.h"

#define NONCE 12
#define TAG 16
#define AUDIENCE_MAX 1024 /* longer ones count by their digest */

static void must(int is_done)
{
    if (!is_done)
        abort();
}

void gw_hkdf_extract(unsigned char root[GW_SESSION_KEY], const void *salt, apr_size_t salt_len, const void *secret,
                     apr_size_t len)
{
    must(salt_len <= INT_MAX && HMAC(EVP_sha256(), salt, (int)salt_len, secret, len, root, NULL) != NULL);
}

/* One block: T(1) = HMAC(root, info | 0x01). */
void gw_hkdf_expand(unsigned char key[GW_SESSION_KEY], const unsigned char root[GW_SESSION_KEY], const void *info,
                    apr_size_t len)
{
    unsigned char block[GW_SESSION_KEY + AUDIENCE_MAX + 2];

    must(len + 1 <= sizeof(block));
    memcpy(block, info, len);
    block[len] = 1;
    must(HMAC(EVP_sha256(), root, GW_SESSION_KEY, block, len + 1, key, NULL) != NULL);
}

void gw_session_digest(unsigned char out[GW_SESSION_KEY], const void *bytes, apr_size_t len)
{
    must(EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) == 1);
}

/* Parts of fixed length come first, so that no two triples give the same bytes. */
static void derive(unsigned char key[GW_SESSION_KEY], const gw_session_keys *keys, int purpose,
                   const unsigned char id[GW_SESSION_KEY])
{
    unsigned char info[1 + GW_SESSION_KEY + AUDIENCE_MAX];
    apr_size_t len = strlen(keys->audience);

    info[0] = (unsigned char)purpose;
    memcpy(info + 1, id, GW_SESSION_KEY);
    if (len < AUDIENCE_MAX) {
        memcpy(info + 1 + GW_SESSION_KEY, keys->audience, len);
    }
    else { /* as long as no shorter one is */
        len = AUDIENCE_MAX;
        memset(info + 1 + GW_SESSION_KEY, 0, len);
        gw_session_digest(info + 1 + GW_SESSION_KEY, keys->audience, strlen(keys->audience));
    }
    gw_hkdf_expand(key, keys->root, info, 1 + GW_SESSION_KEY + len);
}

void gw_session_keys_make(gw_session_keys *keys, const char *secret, const char *audience)
{
    static const char salt[] = "mod_gw session 1";
    static const unsigned char nobody[GW_SESSION_KEY];
    unsigned char name[GW_SESSION_KEY];

    gw_hkdf_extract(keys->root, salt, sizeof(salt) - 1, secret, strlen(secret));
    keys->audience = audience;
    derive(name, keys, 0, nobody);
    memcpy(keys->name, name, sizeof(keys->name));
}

void gw_session_seal(unsigned char *out, const gw_session_keys *keys, gw_session_purpose purpose,
                     const unsigned char id[GW_SESSION_KEY], const void *head, apr_size_t head_len, const void *text,
                     apr_size_t len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    unsigned char key[GW_SESSION_KEY];
    int n;

    derive(key, keys, purpose, id);
    gw_random_bytes(out, NONCE);
    must(ctx != NULL && len < INT_MAX && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, out) == 1);
    must(EVP_EncryptUpdate(ctx, NULL, &n, head, (int)head_len) == 1);
    must(EVP_EncryptUpdate(ctx, out + NONCE, &n, text, (int)len) == 1);
    must(EVP_EncryptFinal_ex(ctx, out + NONCE + len, &n) == 1);
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + len) == 1);
    EVP_CIPHER_CTX_free(ctx);
    OPENSSL_cleanse(key, sizeof(key));
}

int gw_session_unseal(unsigned char *out, const gw_session_keys *keys, gw_session_purpose purpose,
                      const unsigned char id[GW_SESSION_KEY], const void *head, apr_size_t head_len,
                      const unsigned char *sealed, apr_size_t len)
{
    EVP_CIPHER_CTX *ctx;
    unsigned char key[GW_SESSION_KEY], tag[TAG];
    int n, is_good;

    if (len < GW_SESSION_SEAL || len > INT_MAX)
        return 0;
    len -= GW_SESSION_SEAL;
    derive(key, keys, purpose, id);
    memcpy(tag, sealed + NONCE + len, TAG);
    ctx = EVP_CIPHER_CTX_new();
    must(ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed) == 1);
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1);
    must(EVP_DecryptUpdate(ctx, NULL, &n, head, (int)head_len) == 1);
    must(EVP_DecryptUpdate(ctx, out, &n, sealed + NONCE, (int)len) == 1);
    is_good = EVP_DecryptFinal_ex(ctx, out + len, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    OPENSSL_cleanse(key, sizeof(key));
    return is_good;
}
