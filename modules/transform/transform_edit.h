/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_edit.h - documents that rules can change: headers, urlencoded pairs (queries and forms), JSON objects,
 * multipart forms. Each makes a text into a document, changes it by its editor, and back. What is not named by a rule
 * keeps its bytes and its place (JSON: its value and place). Pure.
 */
#ifndef GW_TRANSFORM_EDIT_H
#define GW_TRANSFORM_EDIT_H

#include "transform_rules.h"

/* ---- headers: the document is an apr_table_t * ---- */
extern const gw_transform_editor gw_header_editor;

/* ---- a=1&b ---- */
typedef struct gw_pairs_doc gw_pairs_doc;
extern const gw_transform_editor gw_pairs_editor;
gw_pairs_doc *gw_pairs_parse(const char *text, apr_size_t len, apr_pool_t *p);
/* NULL when nothing is left. */
const char *gw_pairs_format(const gw_pairs_doc *doc, apr_pool_t *p);

/* ---- JSON: the document is a json_t * (an object) ---- */
extern const gw_transform_editor gw_json_editor;
const char *gw_json_doc_format(const json_t *doc, apr_pool_t *p);

/* ---- multipart/form-data ---- */
typedef struct gw_multipart_doc gw_multipart_doc;
extern const gw_transform_editor gw_multipart_editor;
/* NULL: it is none. */
gw_multipart_doc *gw_multipart_doc_parse(const char *content_type, const char *bytes, apr_size_t len, apr_pool_t *p);
/* NULL: a value that was set holds the boundary, the body does not end, or it has more than 1,000 parts. */
const char *gw_multipart_doc_format(apr_size_t *len, const gw_multipart_doc *doc, apr_pool_t *p);

/* ---- a body by its Content-Type ---- */
typedef enum gw_body_outcome {
    GW_BODY_AS_IT_IS,  /* another type, or nothing in it that rules could mean */
    GW_BODY_CHANGED,
    GW_BODY_TOO_MUCH,  /* more than 10,000 pairs or 250,000 JSON values: a few bytes each here, many in memory */
    GW_BODY_IMPOSSIBLE /* what should be written cannot be; or others may read in it what we cannot: no whole JSON, no
                        * whole multipart */
} gw_body_outcome;

/* 1 when bodies of this type can be changed; NULL = none. */
int gw_body_is_editable(const char *content_type);
/* *out and *out_len are set when it was changed; in p. An empty JSON body is an empty object; of repeated members the
 * last counts. */
gw_body_outcome gw_body_transform(const char **out, apr_size_t *out_len, const gw_transform_rules *rules,
                                  const char *content_type, const char *bytes, apr_size_t len,
                                  const gw_template_env *env, apr_pool_t *p);

#endif
