/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_render.c - the catalogue: code, name, status, and whether "fields" or "options" carry the detail.
 */
#include "error_render.h"

#include <apr_strings.h>
#include <string.h>

#include "json_pool.h"

static const struct { gw_error_code code; int status; const char *name; } catalogue[] = {
    { GW_E_PRIMARY_KEY_INVALID, 400, "invalid primary key" },
    { GW_E_SCHEMA, 400, "schema violation" },
    { GW_E_PRIMARY_KEY, 400, "primary key violation" },
    { GW_E_FOREIGN_KEY, 400, "foreign key violation" },
    { GW_E_UNIQUE, 409, "unique constraint violation" },
    { GW_E_NOT_FOUND, 404, "not found" },
    { GW_E_OFFSET, 400, "invalid offset" },
    { GW_E_SIZE, 400, "invalid size" },
    { GW_E_INVALID_UNIQUE, 400, "invalid unique" },
    { GW_E_OPTIONS, 400, "invalid options" },
    { GW_E_UNSUPPORTED, 405, "operation unsupported" },
    { GW_E_FOREIGN_UNRESOLVED, 400, "foreign keys unresolved" },
    { GW_E_DECLARATIVE, 400, "invalid declarative configuration" },
};

json_t *gw_message_render(const char *text, apr_pool_t *p)
{
    return json_pack("{s:s}", "message", gw_text_printable(text, strlen(text), p));
}

static json_t *render(gw_error_code code, const char *name, const char *message, apr_pool_t *p)
{
    return json_pack("{s:i, s:s, s:s}", "code", (int)code, "name", name, "message",
                     gw_text_printable(message, strlen(message), p));
}

json_t *gw_error_render(int *status, const gw_error *err, apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < sizeof(catalogue) / sizeof(catalogue[0]); i++) {
        json_t *body;

        if (catalogue[i].code != err->code)
            continue;
        *status = catalogue[i].status;
        body = render(err->code, catalogue[i].name, err->message, p);
        if (err->fields != NULL)
            json_object_set(body, err->code == GW_E_OPTIONS ? "options" : "fields", err->fields);
        return body;
    }
    *status = err->code == GW_E_UNAVAILABLE ? 503 : 500;
    return gw_message_render(err->code == GW_E_UNAVAILABLE ? GW_MSG_UNAVAILABLE : GW_MSG_UNEXPECTED, p);
}

json_t *gw_invalid_unique_render(const char *field, const char *message, apr_pool_t *p)
{
    return render(GW_E_INVALID_UNIQUE, apr_pstrcat(p, "invalid unique ", field, NULL), message, p);
}

const gw_error *gw_error_make(gw_error_code code, const char *message, json_t *fields, apr_pool_t *p)
{
    gw_error *err = apr_pcalloc(p, sizeof(*err));

    err->code = code;
    err->message = message;
    err->fields = gw_json_keep(fields, p);
    return err;
}
