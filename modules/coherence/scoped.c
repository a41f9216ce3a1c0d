/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scoped.c - see scoped.h. An open-addressed table of pairs of 16 bytes; uuids are random enough to be their own hash.
 */
#include "scoped.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct uuid {
    unsigned char bytes[16];
} uuid;

typedef struct pair {
    uuid row, consumer;
    unsigned char is_used;
} pair;

struct gw_scoped {
    pair *pairs;
    apr_size_t room; /* power of two, or 0 */
    apr_size_t count;
};

#define ROOM_FIRST 64

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int parse_uuid(uuid *out, const char *text)
{
    int n = 0;

    for (; *text != '\0' && n < 32; text++) {
        int value = hex_value(*text);

        if (*text == '-')
            continue;
        if (value < 0)
            return 0;
        out->bytes[n / 2] = (unsigned char)(n % 2 ? out->bytes[n / 2] << 4 | value : value);
        n++;
    }
    return n == 32 && *text == '\0';
}

static void format_uuid(char out[37], const uuid *id)
{
    char *at = out;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        at += snprintf(at, 3, "%02x", id->bytes[i]);
    }
}

static apr_size_t home_of(const gw_scoped *scoped, const uuid *row)
{
    apr_uint64_t high, low;

    memcpy(&high, row->bytes, sizeof(high));
    memcpy(&low, row->bytes + 8, sizeof(low));
    return (apr_size_t)((high ^ low * 0x9e3779b97f4a7c15ULL) >> 7) & (scoped->room - 1);
}

/* The place of this row, or the free one where it belongs. There is always a free one. */
static pair *find_place(const gw_scoped *scoped, const uuid *row)
{
    apr_size_t at = home_of(scoped, row);

    while (scoped->pairs[at].is_used && memcmp(&scoped->pairs[at].row, row, sizeof(*row)) != 0)
        at = (at + 1) & (scoped->room - 1);
    return &scoped->pairs[at];
}

static void grow(gw_scoped *scoped)
{
    gw_scoped old = *scoped;

    scoped->room = old.room > 0 ? old.room * 2 : ROOM_FIRST;
    if ((scoped->pairs = calloc(scoped->room, sizeof(pair))) == NULL)
        abort();
    for (apr_size_t i = 0; i < old.room; i++)
        if (old.pairs[i].is_used)
            *find_place(scoped, &old.pairs[i].row) = old.pairs[i];
    free(old.pairs);
}

/* Close the gap, so that no search ends early: what follows in the run moves up if its home allows it. */
static void remove_place(gw_scoped *scoped, pair *place)
{
    apr_size_t mask = scoped->room - 1, gap = (apr_size_t)(place - scoped->pairs), at = gap;

    for (;;) {
        apr_size_t home;

        at = (at + 1) & mask;
        if (!scoped->pairs[at].is_used)
            break;
        home = home_of(scoped, &scoped->pairs[at].row);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            scoped->pairs[gap] = scoped->pairs[at];
            gap = at;
        }
    }
    scoped->pairs[gap].is_used = 0;
    scoped->count--;
}

gw_scoped *gw_scoped_make(void)
{
    gw_scoped *scoped = calloc(1, sizeof(*scoped));

    if (scoped == NULL)
        abort();
    return scoped;
}

void gw_scoped_destroy(gw_scoped *scoped)
{
    free(scoped->pairs);
    free(scoped);
}

void gw_scoped_clear(gw_scoped *scoped)
{
    free(scoped->pairs);
    *scoped = (gw_scoped){ 0 };
}

void gw_scoped_set(gw_scoped *scoped, const char *row_id, const char *consumer_id)
{
    uuid row, consumer;
    pair *place;

    if (!parse_uuid(&row, row_id) || (consumer_id != NULL && !parse_uuid(&consumer, consumer_id)))
        return;
    if (consumer_id == NULL) {
        if (scoped->room > 0 && (place = find_place(scoped, &row))->is_used)
            remove_place(scoped, place);
        return;
    }
    if (scoped->count + scoped->count / 2 >= scoped->room)
        grow(scoped);
    place = find_place(scoped, &row);
    scoped->count += !place->is_used;
    *place = (pair){ .row = row, .consumer = consumer, .is_used = 1 };
}

int gw_scoped_get(char out[37], const gw_scoped *scoped, const char *row_id)
{
    const pair *place;
    uuid row;

    if (scoped->room == 0 || !parse_uuid(&row, row_id) || !(place = find_place(scoped, &row))->is_used)
        return 0;
    format_uuid(out, &place->consumer);
    return 1;
}

apr_size_t gw_scoped_count(const gw_scoped *scoped)
{
    return scoped->count;
}
