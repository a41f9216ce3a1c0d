/* SPDX-License-Identifier: Apache-2.0 */
/* router_radix.c - path prefixes as a radix tree; the cost of a walk is that of the path, not of the tree. */
#include "router_index.h"

gw_radix *gw_radix_make(gw_arena *arena)
{
    gw_radix *place = gw_arena_calloc(arena, sizeof(*place));

    place->label = "";
    return place;
}

static void add_child(gw_radix *place, gw_radix *child, gw_arena *arena)
{
    if (place->n == place->room) {
        uint16_t room = place->room > 0 ? (uint16_t)(place->room * 2) : 2;
        unsigned char *firsts = gw_arena_alloc(arena, room);
        gw_radix **children = gw_arena_alloc(arena, room * sizeof(gw_radix *));

        if (place->n > 0) {
            memcpy(firsts, place->firsts, place->n);
            memcpy(children, place->children, place->n * sizeof(gw_radix *));
        }
        place->firsts = firsts;
        place->children = children;
        place->room = room;
    }
    place->firsts[place->n] = (unsigned char)child->label[0];
    place->children[place->n++] = child;
}

static int find_child(const gw_radix *place, char first)
{
    const unsigned char *at;

    if (place->n == 0)
        return -1;
    at = memchr(place->firsts, (unsigned char)first, place->n);
    return at != NULL ? (int)(at - place->firsts) : -1;
}

static size_t common(const char *a, const char *b, size_t most)
{
    size_t n = 0;

    while (n < most && a[n] == b[n])
        n++;
    return n;
}

/* Put a place of its own after the first `len` bytes of a child's label. */
static gw_radix *split(gw_radix *place, int which, size_t len, gw_arena *arena)
{
    gw_radix *child = place->children[which], *upper = gw_radix_make(arena);

    upper->label = child->label;
    upper->len = (uint32_t)len;
    child->label += len;
    child->len -= (uint32_t)len;
    add_child(upper, child, arena);
    place->children[which] = upper;
    return upper;
}

void gw_radix_add(gw_radix *root, const gw_entry *entry, gw_arena *arena, gw_arena *scratch)
{
    const char *rest = entry->path.text;
    size_t len = entry->path.len;
    gw_radix *place = root;

    while (len > 0) {
        int which = find_child(place, *rest);
        gw_radix *next;
        size_t same;

        if (which < 0) {
            next = gw_radix_make(arena);
            next->label = rest;
            next->len = (uint32_t)len;
            add_child(place, next, arena);
            same = len;
        }
        else {
            next = place->children[which];
            same = common(next->label, rest, next->len < len ? next->len : len);
            if (same < next->len)
                next = split(place, which, same, arena);
        }
        place = next;
        rest += same;
        len -= same;
    }
    gw_entries_add(&place->gathering, entry, scratch);
}

void gw_radix_each(gw_radix *root, void (*visit)(void *baton, gw_radix *place), void *baton)
{
    int i;

    if (root->gathering.n > 0)
        visit(baton, root);
    for (i = 0; i < root->n; i++)
        gw_radix_each(root->children[i], visit, baton);
}

const gw_radix *gw_radix_step(const gw_radix *at, const char *path, size_t len, size_t *pos)
{
    const gw_radix *next;
    int which;

    if (*pos >= len || (which = find_child(at, path[*pos])) < 0)
        return NULL;
    next = at->children[which];
    if (len - *pos < next->len || memcmp(path + *pos, next->label, next->len) != 0)
        return NULL;
    *pos += next->len;
    return next;
}
