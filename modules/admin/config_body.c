/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_body.c - YAML as it is; JSON as it is, or its member `config`; a form's `config`.
 */
#include "config_body.h"

#include <string.h>
#include <apr_strings.h>

#include "declarative.h"
#include "error_render.h"
#include "json_pool.h"

#define FAILED "failed parsing declarative configuration: "
#define NOTHING "expected a declarative configuration"

static const gw_error *refuse(const char *why, apr_pool_t *p)
{
    const char *text = gw_text_printable(why, strlen(why), p);
    json_t *fields = json_pack("{s:s}", "error", apr_pstrcat(p, FAILED, text, NULL));

    text = apr_pstrcat(p, "declarative config is invalid: {error=\"" FAILED, text, "\"}", NULL);
    return gw_error_make(GW_E_DECLARATIVE, text, fields, p);
}

/* The text becomes the document. */
static void parse(gw_config_body *body, gw_decl_format format, const char *text, apr_size_t len, apr_pool_t *p)
{
    gw_text_fault fault;
    json_t *document = gw_decl_parse(&fault, format, text, len, p);

    body->text = text;
    body->len = len;
    if (document == NULL && fault.line > 0)
        fault.message = apr_psprintf(p, "line %d: %s", fault.line, fault.message);
    if (document == NULL)
        body->err = refuse(fault.message, p);
    else if (!json_is_object(document))
        body->err = refuse("expected an object", p);
    gw_json_keep(document, p);
    if (body->err == NULL)
        body->document = document;
}

/* What the member `config` of a decoded body holds. */
static void take_config(gw_config_body *body, const json_t *object, apr_pool_t *p)
{
    const json_t *config = json_object_get(object, "config");

    if (json_is_string(config))
        parse(body, GW_DECL_ANY, json_string_value(config), json_string_length(config), p);
    else
        body->message = NOTHING;
}

/* Not the configuration itself: one lies in it, or nothing. */
static int is_wrapped(const json_t *object)
{
    if (json_object_size(object) == 0)
        return 1;
    return json_object_get(object, "config") != NULL && json_object_get(object, "_format_version") == NULL;
}

gw_config_body gw_config_body_read(gw_body_kind kind, const char *content_type, const char *bytes, apr_size_t len,
                                   apr_pool_t *p)
{
    gw_config_body body = { .document = NULL };
    gw_body_result decoded;

    if (len == 0) {
        body.message = NOTHING;
        return body;
    }
    if (kind == GW_BODY_YAML) {
        parse(&body, GW_DECL_YAML, bytes, len, p);
        return body;
    }
    decoded = gw_body_decode(kind, content_type, bytes, len, p);
    body.err = decoded.err;
    body.message = decoded.message;
    if (gw_json_keep(decoded.object, p) == NULL)
        return body;
    if (decoded.is_form || is_wrapped(decoded.object)) {
        take_config(&body, decoded.object, p);
        return body;
    }
    body.document = decoded.object;
    body.text = bytes;
    body.len = len;
    return body;
}
