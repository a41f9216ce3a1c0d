/* SPDX-License-Identifier: Apache-2.0 */
/* Entity tags: what makes two rows the same version, and how headers name versions. */
#include "row_etag.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>

static const gw_field fields[] = {
    { .name = "id", .type = GW_T_STRING }, { .name = "share", .type = GW_T_NUMBER },
    { .name = "hash", .type = GW_T_STRING, .flags = GW_INTERNAL }, { .name = "tags", .type = GW_T_SET },
    { .name = NULL }
};
static const gw_schema schema = { .name = "things", .fields = fields };

#define BASE "{\"id\":\"a\",\"share\":2.0,\"hash\":\"h\",\"tags\":null}"

static const struct { const char *row; int want; const char *why; } rows[] = {
    { BASE, 1, "the same row" },
    { "{\"tags\":null,\"hash\":\"h\",\"share\":2.0,\"id\":\"a\"}", 1, "the order of members does not count" },
    { "{\"id\":\"a\",\"share\":2.0,\"hash\":\"h\"}", 1, "what is absent is null" },
    { "{\"id\":\"a\",\"share\":2,\"hash\":\"h\"}", 1, "a whole number in a number's field is that number" },
    { "{\"id\":\"a\",\"share\":2,\"hash\":\"h\",\"ttl\":5}", 1, "what the schema does not know does not count" },
    { "{\"id\":\"b\",\"share\":2,\"hash\":\"h\"}", 0, "another value" },
    { "{\"id\":\"a\",\"share\":2,\"hash\":\"i\"}", 0, "another value of a hidden field" },
    { "{\"id\":\"a\",\"share\":2,\"hash\":\"h\",\"tags\":[]}", 0, "an empty list is not null" },
};

static const struct { const char *header, *etag; int is_weak, want; const char *why; } lists[] = {
    { "\"x\"", "\"x\"", 0, 1, "the tag itself" },
    { "\"y\"", "\"x\"", 0, 0, "another one" },
    { " \"y\" ,\t\"x\"", "\"x\"", 0, 1, "one of a list" },
    { "\"a,b\", \"x\"", "\"x\"", 0, 1, "a comma inside a tag" },
    { "*", "\"x\"", 0, 1, "any" },
    { "*", NULL, 0, 0, "any of none" },
    { "\"x\"", NULL, 0, 0, "one of none" },
    { "W/\"x\"", "\"x\"", 0, 0, "a weak tag where a strong one is wanted" },
    { "W/\"x\"", "\"x\"", 1, 1, "a weak tag where that will do" },
    { "\"x-gzip\"", "\"x\"", 0, 1, "marked by mod_deflate" },
    { "\"x-br\"", "\"x\"", 0, 1, "marked by mod_brotli" },
    { "\"x-zip\"", "\"x\"", 0, 0, "marked by nobody we know" },
    { "\"xx\"", "\"x\"", 0, 0, "longer" },
    { "\"\"", "\"x\"", 0, 0, "shorter" },
    { "x", "\"x\"", 0, 0, "without quotes" },
    { "\"x", "\"x\"", 0, 0, "without its last quote" },
    { "", "\"x\"", 0, 0, "nothing" },
    { ",,,", "\"x\"", 0, 0, "commas" },
};

int main(void)
{
    apr_pool_t *p;
    const char *base;
    json_t *row;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    row = json_loads(BASE, 0, NULL);
    base = gw_etag_make(&schema, row, p);
    json_decref(row);
    is_int(strlen(base), 34, "128 bits and quotes");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        row = json_loads(rows[i].row, 0, NULL);
        is_int(strcmp(gw_etag_make(&schema, row, p), base) == 0, rows[i].want, rows[i].why);
        json_decref(row);
    }
    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        is_int(gw_etag_matches(lists[i].header, lists[i].etag, lists[i].is_weak), lists[i].want, lists[i].why);
    apr_terminate();
    return done();
}
