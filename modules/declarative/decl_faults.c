/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_faults.c - the same mistakes one by one: for programs (flattened_errors), and as lines that name place and line.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

/* Called with each mistake of an entry: `field` is dotted, NULL for the entry as a whole. */
typedef void fault_fn(void *baton, const char *field, const char *message);

static void walk(const json_t *err, const char *field, fault_fn *tell, void *baton, apr_pool_t *p)
{
    const char *name;
    json_t *value;
    size_t i;

    if (json_is_string(err))
        tell(baton, field, json_string_value(err));
    json_array_foreach ((json_t *)err, i, value) {
        if (json_is_null(value))
            continue;
        if (field == NULL)
            walk(value, NULL, tell, baton, p);
        else
            walk(value, apr_psprintf(p, "%s.%" APR_SIZE_T_FMT, field, i + 1), tell, baton, p);
    }
    json_object_foreach ((json_t *)err, name, value) {
        if (strcmp(name, "@entity") == 0)
            walk(value, NULL, tell, baton, p);
        else
            walk(value, field != NULL ? apr_pstrcat(p, field, ".", name, NULL) : name, tell, baton, p);
    }
}

static void walk_entry(const decl_entry *entry, fault_fn *tell, void *baton, apr_pool_t *p)
{
    walk(entry->fields, NULL, tell, baton, p);
    walk(entry->messages, NULL, tell, baton, p);
    if (entry->collision != NULL)
        tell(baton, NULL, entry->collision);
}

static void walk_document(const gw_decl *decl, void (*visit)(void *baton, const decl_entry *entry), void *baton)
{
    const decl_entry *entry;
    const decl_set *set;

    for (set = decl->sets; set != NULL; set = set->next)
        for (entry = set->first; entry != NULL; entry = entry->next)
            if (entry->fields != NULL || entry->messages != NULL || entry->collision != NULL)
                visit(baton, entry);
}

/* ---- flattened ---- */

static void add_flat(void *baton, const char *field, const char *message)
{
    json_t *list = baton;

    json_array_append_new(list, field != NULL ? json_pack("{s:s, s:s, s:s}", "type", "field", "field", field, "message",
                                                          message)
                                              : json_pack("{s:s, s:s}", "type", "entity", "message", message));
}

/* "basicauth_credentials" is many of "basicauth_credential". */
static const char *one_of_many(const char *name, apr_pool_t *p)
{
    size_t len = strlen(name);

    return len > 1 && name[len - 1] == 's' ? apr_pstrmemdup(p, name, len - 1) : name;
}

typedef struct flattening {
    const gw_decl *decl;
    json_t *list;
} flattening;

static void flatten_entry(void *baton, const decl_entry *entry)
{
    flattening *f = baton;
    json_t *flat = json_object(), *errors = json_array(), *given = json_object(), *value;
    const char *name = json_string_value(json_object_get(entry->given, "name")), *key;

    if (name == NULL)
        name = decl_key_of(entry->set->entity, entry->given);
    walk_entry(entry, add_flat, errors, f->decl->p);
    json_object_foreach ((json_t *)entry->given, key, value) {
        /* what is nested is told of by itself */
        if (!(json_is_array(value) && decl_set_find(f->decl, key) != NULL
              && json_object_get(entry->row, key) == NULL))
            json_object_set(given, key, value);
    }
    json_object_set_new(flat, "entity_type", json_string(one_of_many(entry->set->entity->name, f->decl->p)));
    if (json_is_string(json_object_get(entry->given, "id")))
        json_object_set(flat, "entity_id", json_object_get(entry->given, "id"));
    if (name != NULL)
        json_object_set_new(flat, "entity_name", json_string(name));
    if (json_is_array(json_object_get(entry->given, "tags")))
        json_object_set(flat, "entity_tags", json_object_get(entry->given, "tags"));
    json_object_set_new(flat, "entity", given);
    json_object_set_new(flat, "errors", errors);
    json_array_append_new(f->list, flat);
}

json_t *gw_decl_flattened_errors(const gw_decl *decl)
{
    flattening f = { decl, json_array() };

    walk_document(decl, flatten_entry, &f);
    return f.list;
}

/* ---- lines ---- */

typedef struct listing {
    const gw_decl *decl;
    const char *text;
    apr_size_t len;
    apr_array_header_t *lines;
    int most, n;
    const decl_entry *entry; /* NULL: the document's top */
} listing;

/* Where an entry stands: as text, and as steps for gw_yaml_line. */
static const char *place_of(json_t *steps, const decl_entry *entry, apr_pool_t *p)
{
    const char *before = entry->parent != NULL ? apr_pstrcat(p, place_of(steps, entry->parent, p), ".", NULL) : "";

    json_array_append_new(steps, json_string(entry->set->entity->name));
    json_array_append_new(steps, json_integer(entry->index));
    return apr_psprintf(p, "%s%s[%d]", before, entry->set->entity->name, entry->index);
}

/* The steps of a dotted field; positions in messages count from 1. */
static void add_steps(json_t *steps, const char *field, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, field), *dot;

    for (;;) {
        int is_number = *rest != '\0' && rest[strspn(rest, "0123456789.")] == '\0' && strspn(rest, "0123456789") > 0;

        dot = strchr(rest, '.');
        if (dot != NULL)
            *dot = '\0';
        json_array_append_new(steps, is_number ? json_integer(apr_atoi64(rest) - 1) : json_string(rest));
        if (dot == NULL)
            return;
        rest = dot + 1;
    }
}

static void add_line(void *baton, const char *field, const char *message)
{
    listing *l = baton;
    apr_pool_t *p = l->decl->p;
    json_t *steps;
    const char *place;
    int line;

    if (l->n++ >= l->most)
        return;
    steps = json_array();
    place = l->entry != NULL ? place_of(steps, l->entry, p) : "";
    if (field != NULL) {
        add_steps(steps, field, p);
        place = apr_pstrcat(p, place, *place != '\0' ? "." : "", field, NULL);
    }
    line = gw_yaml_line(l->text, l->len, steps);
    json_decref(steps);
    APR_ARRAY_PUSH(l->lines, const char *) = apr_psprintf(p, "line %d: %s: %s", line, place, message);
}

static void list_entry(void *baton, const decl_entry *entry)
{
    listing *l = baton;

    l->entry = entry;
    if (l->n < l->most)
        walk_entry(entry, add_line, l, l->decl->p);
    else
        l->n++;
}

apr_array_header_t *gw_decl_error_lines(const gw_decl *decl, const char *text, apr_size_t len, int most, apr_pool_t *p)
{
    listing l = { decl, text, len, apr_array_make(p, 8, sizeof(const char *)), most, 0, NULL };

    walk(decl->tree, NULL, add_line, &l, decl->p);
    walk_document(decl, list_entry, &l);
    if (l.n > most)
        APR_ARRAY_PUSH(l.lines, const char *) = apr_psprintf(p, "and %d more", l.n - most);
    return l.lines;
}
