/* SPDX-License-Identifier: Apache-2.0 */
/* router_table.c - linear probing over power-of-two tables. */
#include "router_table.h"

void gw_table_init(gw_table *table, size_t n, gw_arena *arena)
{
    uint32_t size = 4;

    while (size < n * 2)
        size *= 2;
    table->mask = size - 1;
    table->n = 0;
    table->slots = gw_arena_calloc(arena, size * sizeof(*table->slots));
}

static int is_same(const gw_word *word, const char *text, size_t len, uint32_t hash, uint32_t tag)
{
    return word->hash == hash && word->tag == tag && word->len == len && memcmp(word->text, text, len) == 0;
}

gw_slot *gw_table_slot(gw_table *table, const gw_word *word)
{
    uint32_t i = gw_slot_start(table, word->hash, word->tag);

    while (table->slots[i].value != NULL) {
        if (is_same(&table->slots[i].word, word->text, word->len, word->hash, word->tag))
            return &table->slots[i];
        i = (i + 1) & table->mask;
    }
    table->slots[i].word = *word;
    table->n++;
    return &table->slots[i];
}

void *gw_table_find(const gw_table *table, const char *text, size_t len, uint32_t hash, uint32_t tag)
{
    uint32_t i = gw_slot_start(table, hash, tag);

    for (; table->slots[i].value != NULL; i = (i + 1) & table->mask)
        if (is_same(&table->slots[i].word, text, len, hash, tag))
            return table->slots[i].value;
    return NULL;
}

static int is_same_lower(const char *lower, const char *text, size_t len)
{
    while (len > 0 && (unsigned char)lower[len - 1] == gw_lower(text[len - 1]))
        len--;
    return len == 0;
}

void *gw_table_find_lower(const gw_table *table, const char *text, size_t len, uint32_t hash, uint32_t tag)
{
    uint32_t i = gw_slot_start(table, hash, tag);

    for (; table->slots[i].value != NULL; i = (i + 1) & table->mask) {
        const gw_word *word = &table->slots[i].word;

        if (word->hash == hash && word->tag == tag && word->len == len && is_same_lower(word->text, text, len))
            return table->slots[i].value;
    }
    return NULL;
}
