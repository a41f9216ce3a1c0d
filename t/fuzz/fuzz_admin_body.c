/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_admin_body.c - any bytes as a body of each kind: an object, a message or an error, always text that JSON can
 * carry. The first byte chooses the kind; multipart takes its Content-Type from the first line.
 */
#include "accept_body.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

static void check_result(const gw_body_result *result)
{
    char *text;

    must((result->object != NULL) + (result->message != NULL) + (result->err != NULL) == 1);
    if (result->err != NULL) {
        must(result->err->code == GW_E_SCHEMA && result->err->message != NULL);
        text = json_dumps(result->err->fields, 0);
        must(text != NULL);
        free(text);
    }
    if (result->object != NULL) {
        must(json_is_object(result->object));
        text = json_dumps(result->object, 0);
        must(text != NULL);
        free(text);
        json_decref(result->object);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const gw_body_kind kinds[] = { GW_BODY_JSON, GW_BODY_FORM, GW_BODY_MULTIPART };
    const char *body, *end, *eol, *type = "";
    gw_body_kind kind;
    gw_body_result result;
    apr_pool_t *p;

    if (len == 0)
        return 0;
    p = make_input_pool();
    kind = kinds[bytes[0] % 3];
    body = (const char *)bytes + 1;
    end = (const char *)bytes + len;
    if (kind == GW_BODY_MULTIPART && (eol = memchr(body, '\n', (size_t)(end - body))) != NULL) {
        type = apr_pstrmemdup(p, body, (apr_size_t)(eol - body));
        body = eol + 1;
    }
    result = gw_body_decode(kind, type, body, (apr_size_t)(end - body), p);
    check_result(&result);
    apr_pool_destroy(p);
    return 0;
}
