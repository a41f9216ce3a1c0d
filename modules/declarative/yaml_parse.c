/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_parse.c - libyaml's events become JSON values. Containers that are open stand on a stack of fixed height; what
 * an anchor names is copied at each alias, and counted, so that a small text cannot stand for a large value.
 */
#include "yaml_parse.h"

#include <string.h>
#include <yaml.h>
#include <apr_hash.h>
#include <apr_strings.h>

#include "text.h"
#include "yaml_scalar.h"

#define MERGE_KEY "<<"
#define YAML_TAGS "tag:yaml.org,2002:"

/* An open sequence or mapping. */
typedef struct level {
    json_t *value;   /* owned by the reader until it is put into its parent */
    json_t *merged;  /* mapping: array of what `<<` brought, or NULL */
    char *key;       /* mapping: the key that waits for its value; in p */
    int is_merge;    /* that key is `<<` */
    const char *anchor;
} level;

typedef struct reader {
    apr_pool_t *p;
    yaml_parser_t parser;
    yaml_event_t event;
    level levels[GW_YAML_DEPTH];
    int depth;
    json_t *root;
    apr_hash_t *anchors; /* name: json_t *, a reference each */
    apr_size_t nvalues, naliased;
    gw_text_fault *fault;
} reader;

/* 0, so that callers can `return refuse(...)`. */
static int refuse(reader *rd, const char *message)
{
    rd->fault->line = (int)rd->event.start_mark.line + 1;
    rd->fault->message = message;
    return 0;
}

static int refuse_parser(reader *rd)
{
    const yaml_parser_t *parser = &rd->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML";

    rd->fault->line = parser->error == YAML_READER_ERROR ? 0 : (int)parser->problem_mark.line + 1;
    rd->fault->message = parser->context != NULL ? apr_psprintf(rd->p, "%s: %s", parser->context, problem)
                                                 : apr_pstrdup(rd->p, problem);
    return 0;
}

/* Counts up to `most` + 1. */
static apr_size_t count_values(const json_t *value, apr_size_t most)
{
    apr_size_t n = 1;
    const char *key;
    json_t *member;
    size_t i;

    json_array_foreach ((json_t *)value, i, member) {
        if (n > most)
            break;
        n += count_values(member, most - n);
    }
    json_object_foreach ((json_t *)value, key, member) {
        if (n > most)
            break;
        n += count_values(member, most - n);
    }
    return n;
}

static int keep_anchor(reader *rd, const char *name, json_t *value)
{
    json_t *before;

    if (name == NULL)
        return 1;
    if ((before = apr_hash_get(rd->anchors, name, APR_HASH_KEY_STRING)) != NULL)
        json_decref(before);
    apr_hash_set(rd->anchors, apr_pstrdup(rd->p, name), APR_HASH_KEY_STRING, json_incref(value));
    return 1;
}

/* Merged mappings are put beneath the mapping's own members when it ends. */
static int put_merge(reader *rd, level *top, json_t *value)
{
    size_t i;
    int is_good = json_is_object(value) || json_is_array(value);

    for (i = 0; i < json_array_size(value); i++)
        is_good = is_good && json_is_object(json_array_get(value, i));
    if (!is_good) {
        json_decref(value);
        return refuse(rd, "'<<' takes a mapping or a list of mappings");
    }
    if (top->merged == NULL)
        top->merged = json_array();
    if (json_is_array(value)) {
        json_array_extend(top->merged, value);
        json_decref(value);
    }
    else {
        json_array_append_new(top->merged, value);
    }
    return 1;
}

/* A finished value goes to where it belongs; steals it. */
static int put(reader *rd, json_t *value)
{
    level *top = rd->depth > 0 ? &rd->levels[rd->depth - 1] : NULL;

    if (top == NULL) {
        rd->root = value;
        return 1;
    }
    if (json_is_array(top->value))
        return json_array_append_new(top->value, value) == 0;
    if (top->is_merge) {
        top->is_merge = 0;
        return put_merge(rd, top, value);
    }
    json_object_set_new_nocheck(top->value, top->key, value);
    top->key = NULL;
    return 1;
}

static int waits_for_key(const reader *rd)
{
    const level *top = rd->depth > 0 ? &rd->levels[rd->depth - 1] : NULL;

    return top != NULL && json_is_object(top->value) && top->key == NULL && !top->is_merge;
}

static int take_key(reader *rd, const char *text, apr_size_t len, int is_plain)
{
    level *top = &rd->levels[rd->depth - 1];

    if (memchr(text, '\0', len) != NULL || !gw_utf8_is_valid(text, len))
        return refuse(rd, "a key is no text");
    if (is_plain && len == strlen(MERGE_KEY) && memcmp(text, MERGE_KEY, len) == 0) {
        top->is_merge = 1;
        return 1;
    }
    top->key = apr_pstrmemdup(rd->p, text, len);
    if (json_object_get(top->value, top->key) != NULL)
        return refuse(rd, apr_psprintf(rd->p, "duplicate key '%s'", top->key));
    return 1;
}

static int take_scalar(reader *rd)
{
    const char *word = (const char *)rd->event.data.scalar.value, *tag = (const char *)rd->event.data.scalar.tag;
    const char *anchor = (const char *)rd->event.data.scalar.anchor;
    apr_size_t len = rd->event.data.scalar.length;
    int is_plain = rd->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    json_t *value;

    if (waits_for_key(rd))
        return take_key(rd, word, len, is_plain);
    if (tag != NULL)
        value = gw_yaml_scalar_tagged(tag, word, len);
    else
        value = is_plain ? gw_yaml_scalar(word, len) : gw_yaml_scalar_tagged("!", word, len);
    if (value == NULL)
        return refuse(rd, tag != NULL ? apr_psprintf(rd->p, "a value that is not of its tag, or tag not supported: %s",
                                                     tag)
                                      : "a value is no text");
    return keep_anchor(rd, anchor, value) && put(rd, value);
}

static int take_alias(reader *rd)
{
    const char *name = (const char *)rd->event.data.alias.anchor;
    json_t *value = apr_hash_get(rd->anchors, name, APR_HASH_KEY_STRING);
    apr_size_t left = GW_YAML_ALIASED_VALUES - rd->naliased, n;
    int i;

    for (i = 0; i < rd->depth; i++)
        if (rd->levels[i].anchor != NULL && strcmp(rd->levels[i].anchor, name) == 0)
            return refuse(rd, apr_psprintf(rd->p, "alias '%s' contains itself", name));
    if (value == NULL)
        return refuse(rd, apr_psprintf(rd->p, "found undefined alias '%s'", name));
    if (waits_for_key(rd)) {
        if (!json_is_string(value))
            return refuse(rd, "a key must be a scalar");
        return take_key(rd, json_string_value(value), json_string_length(value), 0);
    }
    if ((n = count_values(value, left)) > left)
        return refuse(rd, "aliases stand for too many values");
    rd->naliased += n;
    return put(rd, json_deep_copy(value));
}

static int open_level(reader *rd, json_t *value, const char *anchor, const char *tag)
{
    level *top;

    const char *why = NULL;

    if (waits_for_key(rd))
        why = "a key must be a scalar";
    else if (rd->depth == GW_YAML_DEPTH)
        why = "nested too deeply";
    else if (tag != NULL && strncmp(tag, YAML_TAGS, strlen(YAML_TAGS)) != 0)
        why = apr_psprintf(rd->p, "tag not supported: %s", tag);
    if (why != NULL) {
        json_decref(value);
        return refuse(rd, why);
    }
    top = &rd->levels[rd->depth++];
    *top = (level){ .value = value, .anchor = anchor != NULL ? apr_pstrdup(rd->p, anchor) : NULL };
    return 1;
}

/* A mapping's own members come first, then what was merged earlier. */
static int close_level(reader *rd)
{
    level top = rd->levels[--rd->depth];
    size_t i;

    for (i = 0; i < json_array_size(top.merged); i++)
        json_object_update_missing(top.value, json_array_get(top.merged, i));
    json_decref(top.merged);
    return keep_anchor(rd, top.anchor, top.value) && put(rd, top.value);
}

/* 1: go on. */
static int take_event(reader *rd)
{
    const yaml_event_t *e = &rd->event;

    if (e->type == YAML_DOCUMENT_START_EVENT && rd->root != NULL)
        return refuse(rd, "only one document is taken");
    if (e->type == YAML_SCALAR_EVENT || e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT) {
        if (++rd->nvalues > GW_YAML_VALUES)
            return refuse(rd, "too many values");
    }
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(rd);
    case YAML_ALIAS_EVENT:
        return take_alias(rd);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(rd, json_array(), (const char *)e->data.sequence_start.anchor,
                          (const char *)e->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_level(rd, json_object(), (const char *)e->data.mapping_start.anchor,
                          (const char *)e->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_level(rd);
    default:
        return 1;
    }
}

static void drop_all(reader *rd)
{
    apr_hash_index_t *hi;
    void *value;

    while (rd->depth > 0) {
        rd->depth--;
        json_decref(rd->levels[rd->depth].value);
        json_decref(rd->levels[rd->depth].merged);
    }
    for (hi = apr_hash_first(rd->p, rd->anchors); hi != NULL; hi = apr_hash_next(hi)) {
        apr_hash_this(hi, NULL, NULL, &value);
        json_decref(value);
    }
}

json_t *gw_yaml_parse(gw_text_fault *fault, const char *text, apr_size_t len, apr_pool_t *p)
{
    reader rd = { .p = p, .fault = fault };
    int is_good = 1, is_done = 0;

    *fault = (gw_text_fault){ 0, NULL };
    if (!yaml_parser_initialize(&rd.parser)) {
        fault->message = "out of memory";
        return NULL;
    }
    rd.anchors = apr_hash_make(p);
    yaml_parser_set_input_string(&rd.parser, (const unsigned char *)text, len);
    while (is_good && !is_done) {
        if (!yaml_parser_parse(&rd.parser, &rd.event)) {
            is_good = refuse_parser(&rd);
            break;
        }
        is_done = rd.event.type == YAML_STREAM_END_EVENT;
        is_good = take_event(&rd);
        yaml_event_delete(&rd.event);
    }
    yaml_parser_delete(&rd.parser);
    drop_all(&rd);
    if (!is_good) {
        json_decref(rd.root);
        return NULL;
    }
    return rd.root != NULL ? rd.root : json_null();
}
