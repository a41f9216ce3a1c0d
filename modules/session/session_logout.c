/* SPDX-License-Identifier: Apache-2.0 */
/* session_logout.c - see session_logout.h. */
#include "session_logout.h"

#include <string.h>
#include <apr_strings.h>

#include "multipart.h"
#include "text.h"

#define MAX_DEPTH 100 /* of JSON */
#define MAX_PARTS 100

typedef int has_field_fn(const char *content_type, const char *bytes, apr_size_t len, const char *name, apr_pool_t *p);

static int has_form_field(const char *content_type, const char *bytes, apr_size_t len, const char *name, apr_pool_t *p)
{
    (void)content_type;
    return memchr(bytes, '\0', len) == NULL && gw_logout_is_in_query(apr_pstrmemdup(p, bytes, len), name, p);
}

static int has_part(const char *content_type, const char *bytes, apr_size_t len, const char *name, apr_pool_t *p)
{
    const apr_array_header_t *pairs = gw_multipart_parse(content_type, bytes, len, MAX_PARTS, p);
    int i;

    for (i = 0; pairs != NULL && i < pairs->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(pairs, i, gw_form_pair).key, name) == 0)
            return 1;
    return 0;
}

static int has_member(const char *content_type, const char *bytes, apr_size_t len, const char *name, apr_pool_t *p)
{
    json_t *object = gw_json_parse_foreign(bytes, len, MAX_DEPTH, GW_JSON_BODY_VALUES);
    int is_there = json_object_get(object, name) != NULL;

    (void)content_type, (void)p;
    json_decref(object);
    return is_there;
}

static const struct {
    const char *type;
    has_field_fn *has_field;
} kinds[] = {
    { "application/x-www-form-urlencoded", has_form_field },
    { "multipart/form-data", has_part },
    { "application/json", has_member },
};

static has_field_fn *find_kind(const char *content_type)
{
    apr_size_t len, i;

    if (content_type == NULL)
        return NULL;
    len = strcspn(content_type, "; \t");
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strlen(kinds[i].type) == len && strncasecmp(kinds[i].type, content_type, len) == 0)
            return kinds[i].has_field;
    return NULL;
}

int gw_logout_is_in_query(const char *query, const char *name, apr_pool_t *p)
{
    int count = 0;

    if (query != NULL)
        gw_query_get(&count, query, name, p);
    return count > 0;
}

int gw_logout_is_readable(const char *content_type)
{
    return find_kind(content_type) != NULL;
}

int gw_logout_is_in_body(const char *content_type, const char *bytes, apr_size_t len, const char *name, apr_pool_t *p)
{
    has_field_fn *has_field = find_kind(content_type);

    return has_field != NULL && len > 0 && has_field(content_type, bytes, len, name, p);
}
