/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_body.c - tables of sentences, formats and media types, and the escaping that each format wants.
 */
#include "error_body.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <apr_strings.h>

#include "text.h"

/* ---- tables ---- */

static const struct {
    const char *content_type, *before, *after;
    int escapes; /* 'j' JSON string, 'x' XML text, 0 as it is */
} formats[] = {
    [GW_BODY_JSON] = { "application/json; charset=utf-8", "{\n  \"message\":\"", "\"\n}", 'j' },
    [GW_BODY_HTML] = { "text/html; charset=utf-8",
                       "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n"
                       "  </head>\n  <body>\n    <h1>Error</h1>\n    <p>",
                       ".</p>\n  </body>\n</html>\n", 'x' },
    [GW_BODY_XML] = { "application/xml; charset=utf-8",
                      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>",
                      "</message>\n</error>\n", 'x' },
    [GW_BODY_PLAIN] = { "text/plain; charset=utf-8", "", "\n", 0 },
};

static const struct {
    const char *type;
    gw_body_format format;
} media_types[] = {
    { "application/json", GW_BODY_JSON }, { "text/html", GW_BODY_HTML }, { "application/xml", GW_BODY_XML },
    { "text/plain", GW_BODY_PLAIN },      { "text/*", GW_BODY_PLAIN },
    /* application and wildcard types, and all else: JSON */
};

typedef struct sentence {
    int status;
    const char *text;
} sentence;

static const sentence status_texts[] = {
    { 400, "Bad request" },          { 401, "Unauthorized" },       { 403, "Forbidden" },
    { 404, "Not found" },            { 405, "Method not allowed" }, { 409, "Conflict" },
    { 413, "Payload too large" },    { 415, "Unsupported media type" },
    { 426, "Upgrade required" },     { 429, "Too many requests" },
    { 500, "An unexpected error occurred" }, { 501, "Not implemented" },
    { 502, "An invalid response was received from the upstream server" },
    { 503, "Service unavailable" },
    { 504, "The upstream server is timing out" },
};

static const sentence engine_texts[] = {
    { 400, "Bad request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not found" },
    { 405, "Method not allowed" },
    { 408, "Request timeout" },
    { 411, "Length required" },
    { 412, "Precondition failed" },
    { 413, "Payload too large" },
    { 414, "URI too long" },
    { 417, "Expectation failed" },
    { 431, "Request header or cookie too large" },
    { 494, "Request header or cookie too large" },
    { 500, "An unexpected error occurred" },
    { 501, "Not implemented" },
    { 502, "An invalid response was received from the upstream server" },
    { 503, "The upstream server is currently unavailable" },
    { 504, "The upstream server is timing out" },
};

static const struct {
    int status, grpc;
} grpc_codes[] = {
    { 200, 0 }, { 400, 3 }, { 401, 16 }, { 403, 7 }, { 404, 5 }, { 409, 6 },
    { 429, 8 }, { 499, 1 }, { 500, 13 }, { 501, 12 }, { 503, 14 }, { 504, 4 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- Accept ---- */

/* q of one element's parameters, in thousandths; 1000 when there is none, 0 when it cannot be read. */
static int quality(const char *params, apr_size_t len)
{
    const char *end = params + len, *c = params;
    int value, digits;

    while ((c = memchr(c, ';', (apr_size_t)(end - c))) != NULL) {
        for (c++; c < end && (*c == ' ' || *c == '\t'); c++)
            ;
        if (end - c < 2 || (*c != 'q' && *c != 'Q') || c[1] != '=')
            continue;
        c += 2;
        if (c == end || (*c != '0' && *c != '1'))
            return 0;
        value = (*c++ - '0') * 1000;
        if (c < end && *c == '.')
            for (c++, digits = 100; c < end && *c >= '0' && *c <= '9' && digits > 0; c++, digits /= 10)
                value += (*c - '0') * digits;
        return value > 1000 ? 1000 : value;
    }
    return 1000;
}

static gw_body_format format_of(const char *type, apr_size_t len)
{
    size_t i;

    for (i = 0; i < COUNT(media_types); i++)
        if (strlen(media_types[i].type) == len && strncasecmp(media_types[i].type, type, len) == 0)
            return media_types[i].format;
    return GW_BODY_JSON;
}

gw_body_format gw_body_negotiate(const char *accept, gw_body_format unless_told)
{
    gw_body_format best = unless_told;
    int best_q = 0;

    while (accept && *accept) {
        apr_size_t len, element;
        int q;

        accept += strspn(accept, ", \t");
        element = strcspn(accept, ",");
        len = strcspn(accept, ";, \t");
        if (len > element)
            len = element;
        if (len > 0 && (q = quality(accept + len, element - len)) > best_q) {
            best_q = q;
            best = format_of(accept, len);
        }
        accept += element;
    }
    return best;
}

/* ---- bodies ---- */

static const char *xml_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static const char *escape_xml(const char *text, apr_pool_t *p)
{
    char *out = apr_palloc(p, strlen(text) * 6 + 1), *o = out;

    for (; *text; text++) {
        const char *entity = xml_entity(*text);

        if (entity) {
            memcpy(o, entity, strlen(entity));
            o += strlen(entity);
        } else if ((unsigned char)*text >= 0x20 || *text == '\n' || *text == '\t') {
            *o++ = *text;
        } else {
            *o++ = ' ';
        }
    }
    *o = '\0';
    return out;
}

/* Not UTF-8: every byte beyond ASCII becomes the replacement character. */
static const char *escape_json(const char *text, apr_pool_t *p)
{
    static const char hex[] = "0123456789abcdef";
    char *out = apr_palloc(p, strlen(text) * 6 + 1), *o = out;
    int is_utf8 = gw_utf8_is_valid(text, strlen(text));

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\') {
            *o++ = '\\';
            *o++ = (char)c;
        } else if (c < 0x20 || c == 0x7f) {
            memcpy(o, "\\u00", 4);
            o[4] = hex[c >> 4];
            o[5] = hex[c & 15];
            o += 6;
        } else if (c >= 0x80 && !is_utf8) {
            memcpy(o, "\\ufffd", 6);
            o += 6;
        } else {
            *o++ = (char)c;
        }
    }
    *o = '\0';
    return out;
}

const char *gw_body_content_type(gw_body_format format)
{
    return formats[format].content_type;
}

const char *gw_body_error(gw_body_format format, const char *message, apr_pool_t *p)
{
    const char *text = formats[format].escapes == 'j' ? escape_json(message, p)
                       : formats[format].escapes == 'x' ? escape_xml(message, p) : message;

    return apr_pstrcat(p, formats[format].before, text, formats[format].after, NULL);
}

const char *gw_body_exit(const char *message, apr_pool_t *p)
{
    return apr_pstrcat(p, "{\"message\":\"", escape_json(message, p), "\"}", NULL);
}

/* ---- sentences ---- */

static const char *find_text(const sentence *table, size_t n, int status)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (table[i].status == status)
            return table[i].text;
    return NULL;
}

const char *gw_engine_text(int status, apr_pool_t *p)
{
    const char *text = find_text(engine_texts, COUNT(engine_texts), status);

    return text ? text : apr_psprintf(p, "The upstream server responded with %d", status);
}

const char *gw_status_text(int status, apr_pool_t *p)
{
    const char *text = find_text(status_texts, COUNT(status_texts), status);

    return text ? text : gw_engine_text(status, p);
}

const char *gw_admin_text(int status)
{
    const char *text = find_text(status_texts, COUNT(status_texts), status);

    return text ? text : find_text(engine_texts, COUNT(engine_texts), status);
}

int gw_status_grpc(int status)
{
    size_t i;

    for (i = 0; i < COUNT(grpc_codes); i++)
        if (grpc_codes[i].status == status)
            return grpc_codes[i].grpc;
    return status >= 500 ? 13 : 3;
}

const char *gw_grpc_message(const char *message, apr_pool_t *p)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = apr_palloc(p, strlen(message) * 3 + 1), *o = out;

    for (; *message; message++) {
        unsigned char c = (unsigned char)*message;

        if (c >= 0x20 && c <= 0x7e && c != '%') {
            *o++ = (char)c;
        } else {
            *o++ = '%';
            *o++ = hex[c >> 4];
            *o++ = hex[c & 15];
        }
    }
    *o = '\0';
    return out;
}
