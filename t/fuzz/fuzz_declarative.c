/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_declarative.c - any bytes as a configuration, JSON or YAML: bounded; what is written of it reads the same; it is
 * refused with a sentence and lines, or all its rows have ids and references that lead to rows.
 */
#include "../unit/declarative_fixture.h"

#include <stdlib.h>

#include "fuzz.h"
#include "yaml_write.h"

/* Written and read again; numbers that JSON has and YAML's words do not are the same bytes. */
static void check_written(const json_t *document, apr_pool_t *p)
{
    gw_text_fault fault;
    gw_growing text = { NULL, 0, 0, 0 };
    json_t *again;

    gw_yaml_add(&text, document);
    must(!text.is_bad);
    again = gw_yaml_parse(&fault, text.bytes, text.used, p);
    must(again != NULL ? json_equal(again, document) : strcmp(fault.message, "nested too deeply") == 0);
    json_decref(again);
    gw_growing_free(&text);
}

static void check_row(void *baton, const gw_entity *entity, json_t *row)
{
    const gw_field *field;

    (void)baton;
    must(json_is_string(json_object_get(row, "id")));
    for (field = entity->schema->fields; field->name != NULL; field++) {
        const json_t *value = json_object_get(row, field->name);

        must(field->type != GW_T_FOREIGN || value == NULL || json_is_null(value)
             || json_is_string(json_object_get(value, "id")));
    }
}

static void check_text(const char *text, size_t len, apr_pool_t *p)
{
    gw_text_fault fault;
    json_t *document = gw_decl_parse(&fault, GW_DECL_ANY, text, len, p), *flat;
    const gw_error *err;
    gw_decl *decl;

    if (document == NULL) {
        must(fault.message != NULL);
        return;
    }
    check_written(document, p);
    err = gw_decl_read(&decl, document, NULL, NULL, apr_time_from_sec(1700000000), p);
    flat = gw_decl_flattened_errors(decl);
    if (err == NULL)
        gw_decl_each(decl, check_row, NULL);
    else
        must(err->code == GW_E_DECLARATIVE && json_object_size(err->fields) > 0
             && (json_array_size(flat) > 0 || gw_decl_error_lines(decl, text, len, 3, p)->nelts > 0));
    json_decref(flat);
    json_decref(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static apr_pool_t *parent;
    apr_pool_t *p;
    char *text;

    if (parent == NULL) {
        apr_initialize();
        apr_pool_create(&parent, NULL);
        fixture_register(parent);
    }
    if (len > 65536)
        return 0;
    apr_pool_create(&p, parent);
    text = malloc(len > 0 ? len : 1); /* without a NUL behind it */
    if (len > 0)
        memcpy(text, bytes, len);
    check_text(text, len, p);
    free(text);
    apr_pool_destroy(p);
    return 0;
}
