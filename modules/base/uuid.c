/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uuid.c - universally unique ids: made at random (version 4) or from a name (version 5), RFC 4122.
 */
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

static int is_dash_place(int i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static void format_uuid(char out[37], unsigned char bytes[16], int version)
{
    static const char hex[] = "0123456789abcdef";
    int i, at = 0;

    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (i = 0; i < 16; i++) {
        if (is_dash_place(at))
            out[at++] = '-';
        out[at++] = hex[bytes[i] >> 4];
        out[at++] = hex[bytes[i] & 15];
    }
    out[at] = '\0';
}

/* `uuid` must pass gw_uuid_is. */
static void read_uuid(unsigned char bytes[16], const char *uuid)
{
    int i = 0;

    while (*uuid != '\0') {
        if (*uuid == '-') {
            uuid++;
            continue;
        }
        bytes[i++] = (unsigned char)(hex_value(uuid[0]) << 4 | hex_value(uuid[1]));
        uuid += 2;
    }
}

int gw_uuid_is(const char *s)
{
    int i;

    for (i = 0; i < 36; i++)
        if (is_dash_place(i) ? s[i] != '-' : hex_value(s[i]) < 0)
            return 0;
    return s[36] == '\0';
}

void gw_uuid_make(char out[37])
{
    unsigned char bytes[16];

    gw_random_bytes(bytes, sizeof(bytes));
    format_uuid(out, bytes, 4);
}

void gw_uuid_v5(char out[37], const char *ns, const char *name)
{
    unsigned char bytes[16] = { 0 }, digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (gw_uuid_is(ns))
        read_uuid(bytes, ns);
    /* Two rows must never share an id because a digest could not be had. */
    if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) != 1 ||
        EVP_DigestUpdate(ctx, bytes, sizeof(bytes)) != 1 || EVP_DigestUpdate(ctx, name, strlen(name)) != 1 ||
        EVP_DigestFinal_ex(ctx, digest, NULL) != 1)
        abort();
    EVP_MD_CTX_free(ctx);
    format_uuid(out, digest, 5);
}
