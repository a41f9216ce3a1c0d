/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_text.c - bytes to a document, whichever way they are written.
 */
#include "declarative.h"

#include <string.h>
#include <strings.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "text.h"

static const struct { const char *end; gw_decl_format format; } endings[] = {
    { ".json", GW_DECL_JSON },
    { ".yaml", GW_DECL_YAML },
    { ".yml", GW_DECL_YAML },
};

int gw_decl_format_of(const char *file_name)
{
    size_t len = strlen(file_name), i;

    for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t n = strlen(endings[i].end);

        if (len >= n && strcasecmp(file_name + len - n, endings[i].end) == 0)
            return (int)endings[i].format;
    }
    return -1;
}

/* Our own parser is strict and says nothing; Jansson's says where. */
static json_t *parse_json(gw_text_fault *fault, const char *text, apr_size_t len, apr_pool_t *p)
{
    json_t *document = gw_json_parse(text, len, GW_YAML_DEPTH);
    json_error_t error;

    if (document != NULL)
        return document;
    if ((document = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error)) != NULL) {
        json_decref(document);
        *fault = (gw_text_fault){ 0, "not strict JSON, or nested too deeply" };
        return NULL;
    }
    *fault = (gw_text_fault){ error.line > 0 ? error.line : 0, apr_pstrdup(p, error.text) };
    return NULL;
}

json_t *gw_decl_parse(gw_text_fault *fault, gw_decl_format format, const char *text, apr_size_t len, apr_pool_t *p)
{
    json_t *document;

    *fault = (gw_text_fault){ 0, NULL };
    if (format == GW_DECL_JSON)
        return parse_json(fault, text, len, p);
    if (format == GW_DECL_ANY && (document = gw_json_parse(text, len, GW_YAML_DEPTH)) != NULL)
        return document;
    return gw_yaml_parse(fault, text, len, p);
}

const char *gw_decl_hash(const char *text, apr_size_t len, apr_pool_t *p)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    /* MD5 names a text here, and guards nothing. Where it may not be used at all (FIPS), SHA-256 names it. */
    if (EVP_Digest(text, len, digest, NULL, EVP_md5(), NULL) != 1
        && EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL) != 1)
        return GW_DECL_NO_HASH;
    return apr_pescape_hex(p, digest, 16, 0);
}
