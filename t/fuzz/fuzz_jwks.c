/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_jwks.c - any bytes as a key set: what is taken fits an algorithm of ours, is found under it, and the same bytes
 * say the same thing again.
 */
#include <string.h>

#include "fuzz.h"
#include "jwks.h"

static void look_for_keys(const gw_jwks *set)
{
    static const char *const kids[] = { NULL, "", "1", "first" };
    EVP_PKEY *key;
    size_t k;
    int i;

    for (i = 0; gw_jws_alg_names[i] != NULL; i++)
        for (k = 0; k < sizeof(kids) / sizeof(kids[0]); k++) {
            const gw_jws_alg *alg = gw_jws_alg_find(gw_jws_alg_names[i]);

            if (gw_jwks_find(&key, set, kids[k], alg) != GW_JWKS_FOUND)
                continue;
            if (alg->family == GW_JWS_HMAC || !gw_jws_key_fits(key, alg))
                abort();
            if (gw_jws_verify_key(alg, key, "input", 5, (const unsigned char *)"no signature", 12))
                abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *why = NULL, *again;
    gw_jwks *set = gw_jwks_parse(&why, len > 0 ? (const char *)bytes : "", len), *twin;

    if ((set == NULL) != (why != NULL))
        abort();
    if (set == NULL)
        return 0;
    if (gw_jwks_count(set) < 1 || gw_jwks_count(set) > GW_JWKS_MAX_KEYS)
        abort();
    look_for_keys(set);
    twin = gw_jwks_parse(&again, (const char *)bytes, len);
    if (twin == NULL || gw_jwks_version(twin) != gw_jwks_version(set) || gw_jwks_count(twin) != gw_jwks_count(set))
        abort();
    gw_jwks_release(twin);
    gw_jwks_release(set);
    return 0;
}
