/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_line.c - finds the line of a value again: only for messages, so the text is simply read once more. JSON is YAML
 * as far as lines are concerned.
 */
#include "yaml_parse.h"

#include <string.h>
#include <yaml.h>

typedef struct seeker {
    yaml_parser_t parser;
    const json_t *path;
    size_t wanted;    /* position in the path of the step to take next */
    int depth;        /* containers open now */
    int at_depth;     /* how deep the container that is searched stands */
    json_int_t index; /* sequences: of the value that comes next */
    int is_mapping, is_value; /* of the container that is searched: a value follows its key */
    int is_here;      /* the value that comes next is the one */
    int line;
} seeker;

static int is_wanted_key(const seeker *sk, const yaml_event_t *e)
{
    const char *name = json_string_value(json_array_get(sk->path, sk->wanted));

    return name != NULL && e->type == YAML_SCALAR_EVENT && strlen(name) == e->data.scalar.length
           && memcmp(name, e->data.scalar.value, e->data.scalar.length) == 0;
}

/* The next value of the searched container begins with this event: is it the one? */
static void take_member(seeker *sk, const yaml_event_t *e)
{
    const json_t *step = json_array_get(sk->path, sk->wanted);

    if (!sk->is_mapping) {
        sk->is_here = json_is_integer(step) && json_integer_value(step) == sk->index++;
        return;
    }
    if (!sk->is_value)
        sk->is_here = is_wanted_key(sk, e);
    sk->is_value = !sk->is_value;
}

/* 1: found, or nothing more to find. */
static int take_event(seeker *sk, const yaml_event_t *e)
{
    int opens = e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT;
    int closes = e->type == YAML_SEQUENCE_END_EVENT || e->type == YAML_MAPPING_END_EVENT;
    int was_key;

    if (closes)
        return --sk->depth < sk->at_depth;
    if (!opens && e->type != YAML_SCALAR_EVENT && e->type != YAML_ALIAS_EVENT)
        return 0;
    if (sk->depth == sk->at_depth) {
        was_key = sk->is_mapping && !sk->is_value && sk->depth > 0;
        if (sk->depth > 0)
            take_member(sk, e);
        if (sk->is_here && was_key)
            sk->line = (int)e->start_mark.line + 1;
        if (sk->is_here && !was_key) {
            if (!sk->is_mapping || sk->depth == 0)
                sk->line = (int)e->start_mark.line + 1;
            sk->is_here = 0;
            sk->wanted += sk->depth > 0;
            if (sk->wanted == json_array_size(sk->path) || !opens)
                return 1;
            sk->at_depth = sk->depth + 1;
            sk->is_mapping = e->type == YAML_MAPPING_START_EVENT;
            sk->is_value = 0;
            sk->index = 0;
        }
    }
    sk->depth += opens;
    return 0;
}

int gw_yaml_line(const char *text, apr_size_t len, const json_t *path)
{
    seeker sk = { .path = path, .is_here = 1, .line = 1 };
    yaml_event_t e;
    int is_done = 0;

    if (!yaml_parser_initialize(&sk.parser))
        return 0;
    yaml_parser_set_input_string(&sk.parser, (const unsigned char *)text, len);
    while (!is_done && yaml_parser_parse(&sk.parser, &e)) {
        is_done = e.type == YAML_STREAM_END_EVENT || take_event(&sk, &e);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&sk.parser);
    return sk.line;
}
