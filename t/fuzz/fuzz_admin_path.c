/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_admin_path.c - any bytes as a path, an offset and a tag filter of the Admin API.
 */
#include "entity_path.h"
#include "fuzz.h"
#include "page_offset.h"
#include "tag_filter.h"
#include "text.h"

#include <string.h>
#include <apr_strings.h>

static const gw_field a_fields[] = { { .name = "id" }, { .name = NULL } };
static const gw_schema a_schema = { .name = "as", .fields = a_fields };
static const gw_entity as = { .name = "as", .path = "/a", .endpoint_key = "name", .schema = &a_schema };
static const gw_field b_fields[] = { { .name = "a", .type = GW_T_FOREIGN, .reference = "as" }, { .name = NULL } };
static const gw_schema b_schema = { .name = "bs", .fields = b_fields };
static const gw_entity bs = { .name = "bs", .path = "/b", .nested = "b", .schema = &b_schema };
static const gw_info_path info[] = {
    { .path = "/", .methods = GW_GET },
    { .path = "/s/{name}/v", .methods = GW_POST },
    { .path = NULL },
};

static void check_path(const char *text, const apr_array_header_t *entities, apr_pool_t *p)
{
    gw_path_target t = gw_path_find(text, entities, info, p);

    if (t.kind == GW_PATH_UNKNOWN || t.kind == GW_PATH_BAD)
        return;
    must(t.methods != 0);
    must(t.kind == GW_PATH_INFO || t.entity != NULL);
    must((t.kind != GW_PATH_NESTED && t.kind != GW_PATH_NESTED_ITEM) || (t.parent_key != NULL && t.field != NULL));
    must((t.kind != GW_PATH_ITEM && t.kind != GW_PATH_LINK && t.kind != GW_PATH_NESTED_ITEM) || *t.key != '\0');
    must(!t.key_is_id || gw_uuid_is(t.key));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_array_header_t *entities;
    gw_tag_filter filter;
    gw_tag_offset last;
    const char *text, *id = NULL;
    apr_pool_t *p;

    p = make_input_pool();
    entities = apr_array_make(p, 2, sizeof(const gw_entity *));
    APR_ARRAY_PUSH(entities, const gw_entity *) = &as;
    APR_ARRAY_PUSH(entities, const gw_entity *) = &bs;
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    check_path(text, entities, p);
    check_path(apr_pstrcat(p, "/", text, NULL), entities, p);
    if (gw_offset_parse(&id, text, p) == NULL)
        must(gw_uuid_is(id));
    if (gw_tag_offset_parse(&last, text, p) == NULL)
        must(gw_uuid_is(last.id) && last.entity != NULL && last.tag != NULL);
    if (gw_tag_filter_parse(&filter, text, strlen(text), p) == NULL)
        must(filter.tags[0] != NULL && *filter.tags[0] != '\0');
    apr_pool_destroy(p);
    return 0;
}
