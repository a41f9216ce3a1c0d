/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_jwt.c - any bytes as a token: taken apart, its claims judged, its signature checked under fixed keys. No input
 * may verify, since none was signed with them (the corpus holds tokens of other keys).
 */
#include <string.h>
#include <apr_strings.h>

#include "fuzz.h"
#include "jwt_find.h"
#include "jwt_token.h"

/* A P-256 key that nobody has the private half of any more. */
static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmGZGWFtuGzrSIVhnRWcctk4Wn5Ap\n"
                          "fpxZP+RR2TOp6uX5oKr8A6E59ero563GgYOClHSaZLmQvgToAAw5Z33jpg==\n"
                          "-----END PUBLIC KEY-----\n";

static void judge(const gw_jwt *jwt, apr_pool_t *p)
{
    static EVP_PKEY *key;
    gw_jwt_rules rules = { .verify_exp = 1, .verify_nbf = 1, .maximum_expiration_s = 3600 };
    const char *why, *name = gw_jwt_key_claim(&why, jwt->header, jwt->payload, "iss", p);

    if ((name == NULL) == (why == NULL))
        abort();
    gw_jwt_check_claims(jwt->payload, &rules, apr_time_from_sec(1700000000), p);
    if (jwt->alg->family == GW_JWS_HMAC) {
        if (gw_jws_verify_hmac(jwt->alg, "no token was signed with this", 29, jwt->token, jwt->signed_len, jwt->signature,
                               jwt->signature_len))
            abort();
        return;
    }
    if (key == NULL)
        key = gw_jws_key_parse(pem, sizeof(pem) - 1);
    if (key == NULL || gw_jws_verify_key(jwt->alg, key, jwt->token, jwt->signed_len, jwt->signature, jwt->signature_len))
        abort();
}

static const char *no_header(void *baton, const char *name)
{
    (void)name;
    return baton;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const names[] = { "jwt", "authorization" };
    gw_strings list = { 2, 1, names };
    gw_jwt jwt;
    apr_pool_t *p;
    char *text;
    gw_jwt_places places = { .header = no_header };
    int n;

    apr_initialize();
    apr_pool_create(&p, NULL);
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    if (gw_jwt_parse(&jwt, text, len, p) == NULL)
        judge(&jwt, p);
    EVP_PKEY_free(gw_jws_key_parse(text, len));
    places.query = places.cookies = text;
    places.baton = text;
    gw_jwt_find(&n, &places, &list, &list, &list, p);
    apr_pool_destroy(p);
    return 0;
}
