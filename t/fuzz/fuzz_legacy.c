/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_legacy.c - any JSON as an API or a plugin of old: it becomes rows, or sentences that JSON can carry. What was
 * checked makes text, and no nulls where old clients know none.
 */
#include "fuzz.h"
#include "legacy_errors.h"
#include "legacy_schema.h"
#include "schema.h"
#include "text.h"

#include <stdlib.h>

static void must_be_text(json_t *value) /* steals */
{
    char *text = json_dumps(value, 0);

    if (text == NULL)
        abort();
    free(text);
    json_decref(value);
}

static void read_api(json_t *api, apr_pool_t *p)
{
    gw_errors *errors = gw_errors_make(p);
    json_t *service, *route;

    gw_schema_coerce(&gw_legacy_api_schema, api, p);
    gw_schema_fill(&gw_legacy_api_schema, api, GW_WRITE_UPSERT, 0);
    gw_schema_check(&gw_legacy_api_schema, api, NULL, GW_WRITE_UPSERT, GW_UNKNOWN_REFUSE, errors, p);
    if (gw_errors_any(errors)) {
        must_be_text(gw_legacy_errors(gw_errors_tree(errors), p));
        must_be_text(gw_legacy_row_errors(gw_errors_tree(errors), api, p));
        return;
    }
    gw_legacy_split(&service, &route, api, p);
    must_be_text(service);
    must_be_text(route);
    must_be_text(gw_legacy_tags(NULL, api));
}

static void read_plugin(const json_t *body, apr_pool_t *p)
{
    json_t *refused = json_object();

    must_be_text(gw_legacy_plugin_read(body, refused));
    must_be_text(gw_legacy_errors(refused, p));
    must_be_text(refused);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    json_t *body = len > 0 ? gw_json_parse((const char *)bytes, len, 64) : NULL;
    apr_pool_t *p;

    if (json_is_object(body)) {
        p = make_input_pool();
        read_plugin(body, p);
        read_api(body, p);
        apr_pool_destroy(p);
    }
    json_decref(body);
    return 0;
}
