/* SPDX-License-Identifier: Apache-2.0 */
/* transform_rules.c - see transform_rules.h. */
#include "transform_rules.h"

#include <string.h>
#include <apr_strings.h>

#include "arena.h"

static gw_value_type parse_type(const char *word)
{
    return strcmp(word, "number") == 0 ? GW_VALUE_NUMBER
         : strcmp(word, "boolean") == 0 ? GW_VALUE_BOOLEAN
                                        : GW_VALUE_STRING;
}

/* The name of a "name:value" and where its value begins; "" = it has none. */
static const char *split_entry(gw_transform_entry *entry, const char *text, gw_arena *arena)
{
    const apr_size_t len = strcspn(text, ":");

    entry->name = gw_arena_strndup(arena, text, len);
    return text + len + strspn(text + len, ":");
}

static void make_room(gw_transform_entries *entries, const gw_strings *list, gw_arena *arena)
{
    entries->n = list->n;
    entries->v = list->n > 0 ? gw_arena_calloc(arena, (size_t)list->n * sizeof(*entries->v)) : NULL;
}

const char *gw_transform_entries_make(gw_transform_entries *entries, const gw_strings *list, gw_arena *arena,
                                      apr_pool_t *p)
{
    make_room(entries, list, arena);
    for (int i = 0; i < list->n; i++) {
        const char *value = split_entry(&entries->v[i], list->v[i], arena), *err;

        if (*value != '\0' && (err = gw_template_compile(&entries->v[i].value, value, arena, p)) != NULL)
            return apr_psprintf(p, "value '%s' is not in supported format, error: %s", value, err);
    }
    return NULL;
}

void gw_transform_literals_make(gw_transform_entries *entries, const gw_strings *list, const gw_strings *types,
                                gw_arena *arena)
{
    make_room(entries, list, arena);
    for (int i = 0; i < list->n; i++) {
        const char *value = split_entry(&entries->v[i], list->v[i], arena);

        if (*value != '\0')
            entries->v[i].value = gw_template_literal(value, arena);
        if (i < types->n)
            entries->v[i].type = parse_type(types->v[i]);
    }
}

int gw_transform_is_empty(const gw_transform_rules *rules)
{
    return rules->remove.n + rules->rename.n + rules->replace.n + rules->add.n + rules->append.n == 0;
}

int gw_transform_is_variable(const gw_transform_rules *rules)
{
    const gw_transform_entries *const all[] = { &rules->rename, &rules->replace, &rules->add, &rules->append };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        for (int k = 0; k < all[i]->n; k++)
            if (all[i]->v[k].value != NULL && gw_template_is_variable(all[i]->v[k].value))
                return 1;
    return 0;
}

static const char *value_of(const gw_transform_entry *entry, const gw_template_env *env, apr_pool_t *p)
{
    return entry->value != NULL ? gw_template_render(entry->value, env, p) : NULL;
}

void gw_transform_apply(const gw_transform_rules *rules, const gw_transform_editor *editor, void *doc,
                        const gw_template_env *env, apr_pool_t *p)
{
    const gw_transform_entry *e;
    const char *value;

    for (e = rules->remove.v; e < rules->remove.v + rules->remove.n; e++)
        editor->remove(doc, e->name);
    for (e = rules->rename.v; e < rules->rename.v + rules->rename.n; e++)
        if (editor->has(doc, e->name) && (value = value_of(e, env, p)) != NULL)
            editor->rename(doc, e->name, value);
    for (e = rules->replace.v; e < rules->replace.v + rules->replace.n; e++)
        if (editor->has(doc, e->name) && (value = value_of(e, env, p)) != NULL)
            editor->set(doc, e->name, value, e->type);
    for (e = rules->add.v; e < rules->add.v + rules->add.n; e++)
        if (!editor->has(doc, e->name) && (value = value_of(e, env, p)) != NULL)
            editor->set(doc, e->name, value, e->type);
    for (e = rules->append.v; e < rules->append.v + rules->append.n; e++)
        if ((value = value_of(e, env, p)) != NULL)
            editor->append(doc, e->name, value, e->type);
}
