/* SPDX-License-Identifier: Apache-2.0 */
/* transform_multipart.c - multipart/form-data as a document: each change makes the bytes anew (base/multipart.h). */
#include "transform_edit.h"

#include <string.h>

#include "multipart.h"

#define MAX_PARTS 1000

struct gw_multipart_doc {
    const char *content_type, *bytes;
    apr_size_t len;
    int has_failed; /* a change could not be made */
    apr_pool_t *p;
};

gw_multipart_doc *gw_multipart_doc_parse(const char *content_type, const char *bytes, apr_size_t len, apr_pool_t *p)
{
    gw_multipart_doc *doc = apr_pcalloc(p, sizeof(*doc));
    const gw_multipart_state state = gw_multipart_look(content_type, bytes, len, p);

    if (state == GW_MULTIPART_NONE)
        return NULL;
    doc->has_failed = state == GW_MULTIPART_OPEN
                      || gw_multipart_parse(content_type, bytes, len, MAX_PARTS, p) == NULL;
    doc->content_type = content_type;
    doc->bytes = bytes;
    doc->len = len;
    doc->p = p;
    return doc;
}

const char *gw_multipart_doc_format(apr_size_t *len, const gw_multipart_doc *doc, apr_pool_t *p)
{
    (void)p;
    *len = doc->len;
    return doc->has_failed ? NULL : doc->bytes;
}

static const apr_array_header_t *parts_of(const gw_multipart_doc *doc)
{
    static const apr_array_header_t none; /* of zeroes: no parts */
    const apr_array_header_t *parts = gw_multipart_parse(doc->content_type, doc->bytes, doc->len, MAX_PARTS, doc->p);

    return parts != NULL ? parts : &none;
}

static void add_part(gw_multipart_doc *doc, const char *name, const char *value, apr_size_t len)
{
    const char *bytes = gw_multipart_add(&doc->len, doc->content_type, doc->bytes, doc->len, name, value, len, doc->p);

    if (bytes != NULL)
        doc->bytes = bytes;
    else
        doc->has_failed = 1;
}

static int has_part(void *vdoc, const char *name)
{
    const apr_array_header_t *parts = parts_of(vdoc);

    for (int i = 0; i < parts->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(parts, i, gw_form_pair).key, name) == 0)
            return 1;
    return 0;
}

static void remove_part(void *vdoc, const char *name)
{
    gw_multipart_doc *doc = vdoc;
    apr_size_t left;

    doc->bytes = gw_multipart_remove(&left, doc->content_type, doc->bytes, doc->len, name, doc->p);
    doc->len = left;
}

static void rename_part(void *vdoc, const char *from, const char *to)
{
    gw_multipart_doc *doc = vdoc;
    apr_size_t len;
    const char *bytes = gw_multipart_rename(&len, doc->content_type, doc->bytes, doc->len, from, to, doc->p);

    if (bytes == NULL) {
        doc->has_failed = 1;
        return;
    }
    doc->bytes = bytes;
    doc->len = len;
}

static void append_part(void *vdoc, const char *name, const char *value, gw_value_type type)
{
    (void)type;
    add_part(vdoc, name, value, strlen(value));
}

static void set_part(void *vdoc, const char *name, const char *value, gw_value_type type)
{
    remove_part(vdoc, name);
    append_part(vdoc, name, value, type);
}

const gw_transform_editor gw_multipart_editor = { has_part, remove_part, rename_part, set_part, append_part };
