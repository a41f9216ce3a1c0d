/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_url_token.c - any bytes as an Authorization header, which never pass, since nobody signed them; then as the
 * claims of a token that we did sign: it names somebody, or it is refused.
 */
#include "fuzz.h"
#include "text.h"
#include "url_token.h"

#include <string.h>
#include <apr_strings.h>
#include <openssl/hmac.h>

#define SECRET "no other token was signed with this"
#define NOW apr_time_from_sec(1700000000)

/* These bytes as claims, signed. */
static const char *sign(const uint8_t *bytes, size_t len, apr_pool_t *p)
{
    static const char header[] = "{\"alg\":\"HS256\"}";
    const char *input = apr_pstrcat(p, gw_base64url_encode(header, sizeof(header) - 1, p), ".",
                                    gw_base64url_encode(bytes, len, p), NULL);
    unsigned char code[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    must(HMAC(EVP_sha256(), SECRET, sizeof(SECRET) - 1, (const unsigned char *)input, strlen(input), code, &n) != NULL);
    return apr_pstrcat(p, input, ".", gw_base64url_encode(code, n, p), NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p = make_input_pool();
    const gw_urlauth_conf conf = { .secret = SECRET, .claim = "phone", .alg = gw_jws_alg_find("HS256"),
                                   .maximum_expiration_s = 259200 };
    const char *text = apr_pstrmemdup(p, (const char *)bytes, len), *bearer = gw_url_bearer(text);
    gw_url_token token = { NULL, NULL };
    gw_url_verdict verdict;

    must(bearer == NULL || (*bearer != '\0' && bearer == text + strlen("Bearer ")));
    must(gw_url_token_judge(&token, bearer != NULL ? bearer : text, &conf, NOW, p) == GW_URL_UNKNOWN);
    verdict = gw_url_token_judge(&token, sign(bytes, len, p), &conf, NOW, p);
    must(verdict == GW_URL_PASS || verdict == GW_URL_UNKNOWN || verdict == GW_URL_EXPIRED);
    must(verdict != GW_URL_PASS || (token.phone != NULL && *token.phone != '\0'));
    apr_pool_destroy(p);
    return 0;
}
