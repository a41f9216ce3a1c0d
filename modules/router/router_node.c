/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_node.c - splits a set of entries until each look-up ends at a few: by path, method, sni or header, whichever
 * tells most of them apart.
 */
#include "router_index.h"

#include <stdlib.h>

#define GLANCE 8      /* entries that are cheaper to look at than to look up */
#define MOST_COPIES 4 /* an entry with many values stands in many places: on average at most in so many */

typedef enum split_by { BY_PATH, BY_METHOD, BY_SNI, BY_HEADER, NSPLITS } split_by;

/* What the way down was split by already: it tells these entries apart no more. */
typedef struct spent {
    unsigned splits;           /* bits of 1 << split_by; headers are told by name */
    const char *header;        /* NULL or the name */
    const struct spent *above; /* NULL = the top */
} spent;

/* A header that some entry asks for. */
typedef struct header_name {
    const char *text;
    uint32_t place; /* among the names of the node */
    int nvalues;    /* different exact ones */
} header_name;

typedef struct builder {
    gw_arena *arena, *scratch;
} builder;

/* A set of entries and what to know of it before it is split. */
typedef struct crowd {
    const gw_entries *entries;
    const spent *way;
    gw_table names; /* header name to header_name */
} crowd;

/* The words under which an entry is to be found: none means `any`. */
typedef struct placement {
    const gw_word *words;
    int n;
    uint32_t tag;
} placement;

/* How well a split works. */
typedef struct tally {
    int words, any, most; /* all words; entries without; entries under the commonest word */
} tally;

/* ---- by what to split ---- */

static int is_spent(const spent *way, split_by by, const char *header)
{
    for (; way != NULL; way = way->above)
        if (header != NULL ? way->header != NULL && strcmp(way->header, header) == 0 : (way->splits >> by) & 1)
            return 1;
    return 0;
}

/* Learn the header names of a crowd and how many values each is asked for. */
static void read_names(crowd *all, builder *build)
{
    size_t nheaders = 0, nvalues = 0;
    gw_table values;
    int i, h, v;

    for (i = 0; i < all->entries->n; i++) {
        const gw_program *program = all->entries->v[i]->program;

        for (h = 0; h < program->nheaders; h++, nheaders++)
            nvalues += (size_t)program->headers[h].nvalues;
    }
    gw_table_init(&all->names, nheaders, build->scratch);
    gw_table_init(&values, nvalues, build->scratch);
    for (i = 0; i < all->entries->n; i++) {
        const gw_program *program = all->entries->v[i]->program;

        for (h = 0; h < program->nheaders; h++) {
            const gw_wanted_header *wanted = &program->headers[h];
            gw_slot *slot = gw_table_slot(&all->names, &wanted->name);
            header_name *name = slot->value;

            if (name == NULL) {
                slot->value = name = gw_arena_calloc(build->scratch, sizeof(*name));
                name->text = wanted->name.text;
                name->place = all->names.n - 1;
            }
            for (v = 0; v < wanted->nvalues; v++) {
                gw_word word = wanted->values[v];

                word.tag = name->place;
                slot = gw_table_slot(&values, &word);
                name->nvalues += slot->value == NULL;
                slot->value = name;
            }
        }
    }
}

/* Of the headers that an entry asks exact values of, the one with the most values in this crowd. */
static placement place_by_header(const gw_entry *entry, const crowd *all)
{
    placement place = { NULL, 0, 0 };
    int h, most = 0;

    for (h = 0; h < entry->program->nheaders; h++) {
        const gw_wanted_header *wanted = &entry->program->headers[h];
        const gw_word *word = &wanted->name;
        const header_name *name;

        if (wanted->nregexes > 0 || wanted->nvalues == 0 || is_spent(all->way, BY_HEADER, word->text))
            continue;
        name = gw_table_find(&all->names, word->text, word->len, word->hash, 0);
        if (name->nvalues <= most)
            continue;
        most = name->nvalues;
        place.words = wanted->values;
        place.n = wanted->nvalues;
        place.tag = name->place;
    }
    return place;
}

static placement place_of(const gw_entry *entry, split_by by, const crowd *all)
{
    placement place = { &entry->path, entry->path.len > 0, 0 };

    switch (by) {
    case BY_METHOD:
        place.words = entry->program->methods;
        place.n = entry->program->nmethods;
        break;
    case BY_SNI:
        place.words = entry->program->snis;
        place.n = entry->program->nsnis;
        break;
    case BY_HEADER:
        return place_by_header(entry, all);
    default:
        break;
    }
    return place;
}

static int count_words(const crowd *all, split_by by)
{
    int i, n = 0;

    for (i = 0; i < all->entries->n; i++)
        n += place_of(all->entries->v[i], by, all).n;
    return n;
}

static tally measure(const crowd *all, split_by by, gw_arena *scratch)
{
    tally result = { count_words(all, by), 0, 0 };
    gw_table counts;
    int i, j;

    if (result.words == 0 || result.words > all->entries->n * MOST_COPIES) {
        result.any = all->entries->n;
        return result;
    }
    gw_table_init(&counts, (size_t)result.words, scratch);
    for (i = 0; i < all->entries->n; i++) {
        placement place = place_of(all->entries->v[i], by, all);

        result.any += place.n == 0;
        for (j = 0; j < place.n; j++) {
            gw_word word = place.words[j];
            gw_slot *slot;
            int *count;

            word.tag = place.tag;
            slot = gw_table_slot(&counts, &word);
            if (slot->value == NULL)
                slot->value = gw_arena_calloc(scratch, sizeof(*count));
            count = slot->value;
            if (++*count > result.most)
                result.most = *count;
        }
    }
    return result;
}

/* NSPLITS when nothing tells them apart well enough to be worth a look-up. */
static split_by choose(const crowd *all, gw_arena *scratch)
{
    split_by by, best = NSPLITS;
    int cost = all->entries->n - GLANCE / 2;

    for (by = BY_PATH; by < NSPLITS; by++) {
        tally result;

        if (by != BY_HEADER && is_spent(all->way, by, NULL))
            continue;
        result = measure(all, by, scratch);
        if (result.any + result.most < cost) {
            cost = result.any + result.most;
            best = by;
        }
    }
    return best;
}

/* ---- splitting ---- */

static int sort_best_first(const void *a, const void *b)
{
    return gw_entry_cmp(*(const gw_entry *const *)b, *(const gw_entry *const *)a);
}

static void fill_leaf(gw_node *node, const gw_entries *entries, gw_arena *arena)
{
    node->kind = GW_NODE_LEAF;
    node->n = entries->n;
    if (entries->n == 1) {
        node->to.entries = &node->best;
        return;
    }
    node->to.entries = gw_arena_alloc(arena, (size_t)entries->n * sizeof(*node->to.entries));
    memcpy(node->to.entries, entries->v, (size_t)entries->n * sizeof(*node->to.entries));
    qsort(node->to.entries, (size_t)entries->n, sizeof(*node->to.entries), sort_best_first);
}

static const gw_node *make_node(const gw_entries *entries, const spent *way, builder *build);

typedef struct path_visit {
    builder *build;
    const spent *way;
} path_visit;

static void make_place(void *visit_, gw_radix *place)
{
    path_visit *visit = visit_;

    place->node = make_node(&place->gathering, visit->way, visit->build);
}

static void split_by_path(gw_node *node, const crowd *all, builder *build)
{
    spent way = { 1 << BY_PATH, NULL, all->way };
    path_visit visit = { build, &way };
    gw_radix *root = gw_radix_make(build->arena);
    int i;

    node->kind = GW_NODE_PATH;
    for (i = 0; i < all->entries->n; i++)
        gw_radix_add(root, all->entries->v[i], build->arena, build->scratch);
    gw_radix_each(root, make_place, &visit);
    node->to.radix = root;
}

/* Fill the table with a list of entries per word; those without a word come back. */
static gw_entries group(gw_switch *to, const crowd *all, split_by by, builder *build)
{
    gw_entries any = { 0, NULL };
    int i, j;

    gw_table_init(&to->table, (size_t)count_words(all, by), build->arena);
    for (i = 0; i < all->entries->n; i++) {
        const gw_entry *entry = all->entries->v[i];
        placement place = place_of(entry, by, all);

        if (place.n == 0)
            gw_entries_add(&any, entry, build->scratch);
        for (j = 0; j < place.n; j++) {
            gw_word word = place.words[j];
            gw_slot *slot;

            word.tag = place.tag;
            slot = gw_table_slot(&to->table, &word);
            if (slot->value == NULL)
                slot->value = gw_arena_calloc(build->scratch, sizeof(gw_entries));
            gw_entries_add(slot->value, entry, build->scratch);
        }
    }
    return any;
}

static void copy_names(gw_switch *to, const crowd *all, gw_arena *arena)
{
    uint32_t i;

    to->nnames = (int)all->names.n;
    to->names = gw_arena_alloc(arena, all->names.n * sizeof(*to->names));
    for (i = 0; i <= all->names.mask; i++) {
        const header_name *name = all->names.slots[i].value;

        if (name != NULL)
            to->names[name->place] = name->text;
    }
}

static void split_by_value(gw_node *node, const crowd *all, split_by by, builder *build)
{
    static const gw_node_kind kinds[] = { GW_NODE_PATH, GW_NODE_METHOD, GW_NODE_SNI, GW_NODE_HEADER };
    spent way = { by == BY_HEADER ? 0 : 1u << by, NULL, all->way };
    gw_switch *to = gw_arena_calloc(build->arena, sizeof(*to));
    gw_entries any = group(to, all, by, build);
    uint32_t i;

    node->kind = kinds[by];
    node->to.by = to;
    if (by == BY_HEADER)
        copy_names(to, all, build->arena);
    for (i = 0; i <= to->table.mask; i++) {
        gw_slot *slot = &to->table.slots[i];

        if (slot->value == NULL)
            continue;
        if (by == BY_HEADER)
            way.header = to->names[slot->word.tag];
        slot->value = (void *)make_node(slot->value, &way, build);
    }
    way.header = NULL;
    if (any.n > 0)
        to->any = make_node(&any, &way, build);
    if (by == BY_SNI)
        to->all = make_node(all->entries, &way, build);
}

static const gw_node *make_node(const gw_entries *entries, const spent *way, builder *build)
{
    gw_node *node = gw_arena_calloc(build->arena, sizeof(*node));
    crowd all = { entries, way, { 0, 0, NULL } };
    split_by by = NSPLITS;
    int i;

    node->best = entries->v[0];
    for (i = 1; i < entries->n; i++)
        if (gw_entry_cmp(entries->v[i], node->best) > 0)
            node->best = entries->v[i];
    if (entries->n > GLANCE) {
        read_names(&all, build);
        by = choose(&all, build->scratch);
    }
    if (by == NSPLITS)
        fill_leaf(node, entries, build->arena);
    else if (by == BY_PATH)
        split_by_path(node, &all, build);
    else
        split_by_value(node, &all, by, build);
    return node;
}

const gw_node *gw_node_make(const gw_entries *entries, gw_arena *arena, gw_arena *scratch)
{
    builder build = { arena, scratch };

    return make_node(entries, NULL, &build);
}
