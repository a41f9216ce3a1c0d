/* SPDX-License-Identifier: Apache-2.0 */
/* token_cache_test.c - what remembered tokens take of the heap is what the cache was given, whatever they hold. */
#include <malloc.h>
#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "tap.h"
#include "token_cache.h"

#define ENTRIES 3277
#define BUDGET ((size_t)ENTRIES * 2560) /* 8 MiB */
#define TOKEN_BYTES 16000

/* A payload: `nitems` times `item`, in each of which %d is its number. */
typedef struct shape {
    const char *before, *item, *after;
    int nitems;
    size_t token_bytes;
    int ntokens;
    const char *why;
} shape;

static const shape shapes[] = {
    { "{\"a\":[", "{}", "]}", 3950, TOKEN_BYTES, 200, "3,950 empty objects in each: too much to be kept" },
    { "{\"a\":[", "{}", "]}", 400, TOKEN_BYTES, 300, "400 empty objects in each" },
    { "{\"a\":[", "[]", "]}", 700, TOKEN_BYTES, 300, "700 empty lists in each" },
    { "{\"a\":[", "[1]", "]}", 500, TOKEN_BYTES, 300, "500 lists of one in each" },
    { "{\"a\":[", "%d", "]}", 2000, TOKEN_BYTES, 300, "2,000 numbers in each" },
    { "{\"a\":[", "true", "]}", 2000, TOKEN_BYTES, 600, "2,000 times true in each" },
    { "{\"a\":[", "\"%d\"", "]}", 1000, TOKEN_BYTES, 300, "1,000 short strings in each" },
    { "{\"a\":[", "{\"%d\":1}", "]}", 250, TOKEN_BYTES, 300, "250 objects of one member in each" },
    { "{", "\"%d\":1", "}", 600, TOKEN_BYTES, 300, "600 members in each" },
    { "{", "\"%d\":1", "}", 17, 400, 6000, "17 members in each, one more than the table held" },
    { "{", "\"claim-%d\":\"about as much text as a claim has\"", "}", 8, 500, 10000, "tokens of usual size" },
    { "{", "\"i%d\":1", "}", 1, 100, 30000, "small tokens" },
};

static const char *payload_of(const shape *s, apr_pool_t *p)
{
    char **items = apr_palloc(p, sizeof(char *) * (size_t)s->nitems), *at;
    apr_size_t bytes = strlen(s->before) + strlen(s->after) + 1;
    char *text;
    int i;

    for (i = 0; i < s->nitems; i++) {
        const char *number = strstr(s->item, "%d");

        items[i] = number == NULL ? apr_pstrdup(p, s->item)
                                  : apr_psprintf(p, "%.*s%d%s", (int)(number - s->item), s->item, i, number + 2);
        bytes += strlen(items[i]) + 1;
    }
    at = text = apr_palloc(p, bytes);
    at = apr_cpystrn(at, s->before, bytes);
    for (i = 0; i < s->nitems; i++) {
        if (i > 0)
            *at++ = ',';
        at = apr_cpystrn(at, items[i], bytes);
    }
    apr_cpystrn(at, s->after, bytes);
    return text;
}

static void put_many(gw_token_cache *cache, const shape *s, const char *payload, char *token)
{
    int i;

    for (i = 0; i < s->ntokens; i++) {
        gw_verified_token verified = { .header = json_pack("{s:s,s:s}", "alg", "HS256", "typ", "JWT"),
                                       .payload = json_loads(payload, 0, NULL),
                                       .credential_id = "00000000-0000-4000-8000-000000000001" };
        apr_uint64_t ticket;
        apr_pool_t *p;

        apr_pool_create(&p, NULL);
        apr_snprintf(token, 12, "%010d", i);
        token[10] = '.';
        if (gw_token_cache_get(&ticket, cache, token, s->token_bytes, p) == NULL)
            gw_token_cache_put(cache, token, s->token_bytes, &verified, ticket);
        json_decref(verified.header);
        json_decref(verified.payload);
        apr_pool_destroy(p);
    }
}

/* Heap bytes of a cache that was given more than it may keep. */
static size_t heap_of(const shape *s, apr_pool_t *parent)
{
    char token[TOKEN_BYTES + 1];
    apr_pool_t *p;
    gw_token_cache *cache;
    const char *payload;
    size_t before;

    memset(token, 'x', sizeof(token));
    apr_pool_create(&p, parent);
    payload = payload_of(s, p);
    cache = gw_token_cache_make(ENTRIES, p);
    before = mallinfo2().uordblks;
    put_many(cache, s, payload, token);
    before = mallinfo2().uordblks - before;
    apr_pool_destroy(p);
    return before;
}

/* Sanitizers bring a malloc of their own, of which mallinfo2 knows nothing. */
static int is_heap_told(void)
{
    size_t before = mallinfo2().uordblks;
    char *volatile some = malloc(10000);
    int told = mallinfo2().uordblks >= before + 10000;

    free(some);
    return told;
}

int main(void)
{
    apr_pool_t *pool;
    size_t i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (!is_heap_told()) {
        skip_all("this malloc does not tell what is in use");
        return 0;
    }
    for (i = 0; i < COUNT(shapes); i++) {
        size_t bytes = heap_of(&shapes[i], pool);

        ok(bytes < BUDGET + BUDGET / 10, shapes[i].why);
        if (i > 0)
            ok(bytes > BUDGET / 3, "and the budget is used");
        printf("# %zu of %zu bytes, %.2f\n", bytes, BUDGET, (double)bytes / (double)BUDGET);
    }
    apr_pool_destroy(pool);
    return done();
}
