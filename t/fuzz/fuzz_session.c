/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_session.c - a Cookie header, a row and a body as strangers may send or write them. The first byte chooses.
 * Whatever opens must have been sealed by us, which nothing in a corpus was.
 */
#include "fuzz.h"
#include "session_cookie.h"
#include "session_logout.h"

#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

static void try_header(const gw_session_keys *keys, const char *text, apr_pool_t *p)
{
    gw_session_stamp stamp;
    gw_session_data session;
    const char *value = NULL;
    apr_size_t len = 0;
    int count = gw_session_cookie_find(&value, &len, text, "session");

    if ((count > 0) != (value != NULL) || (value != NULL && (value < text || value + len > text + strlen(text))))
        abort();
    if (value != NULL && gw_session_cookie_open(&stamp, &session, keys, value, len, p))
        abort();
}

static void try_bodies(const char *text, size_t len, apr_pool_t *p)
{
    static const char *const types[] = {
        "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=b"
    };
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        gw_logout_is_in_body(types[i], text, len, "session_logout", p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *root;
    static gw_session_keys keys;
    static const unsigned char id[GW_SESSION_KEY];
    gw_session_data session;
    apr_pool_t *p;
    const char *text;

    if (root == NULL) {
        apr_initialize();
        apr_pool_create(&root, NULL);
        gw_session_keys_make(&keys, "fuzz", "default");
    }
    if (size == 0)
        return 0;
    apr_pool_create(&p, root);
    text = apr_pstrmemdup(p, (const char *)data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        try_header(&keys, text, p);
        break;
    case 1:
        if (gw_session_row_open(&session, &keys, id, text, p))
            abort();
        break;
    default:
        try_bodies((const char *)data + 1, size - 1, p);
    }
    apr_pool_destroy(p);
    return 0;
}
