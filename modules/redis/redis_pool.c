/* SPDX-License-Identifier: Apache-2.0 */
/* redis_pool.c - see redis_pool.h. */
#include "redis_pool.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_mutex.h>

#define KEEP_IDLE apr_time_from_sec(10)
#define MAX_IDLE 64                  /* links kept for a target */
#define FAILURES 3                   /* in a row: Redis is away */
#define AWAY_FOR apr_time_from_sec(1) /* then one question in this time finds out whether it is back */
#define FORGET_AFTER apr_time_from_sec(300)

/* What is kept for a target: found by all that makes a connection what it is. */
typedef struct place {
    char *key;
    gw_redis_link *idle; /* the last one that was used comes first */
    int nidle;
    int nfailures;       /* in a row */
    apr_time_t away_until;
    apr_time_t used;
    struct place *next;
} place;

struct gw_redis_pool {
    apr_thread_mutex_t *lock; /* guards all below */
    place *places;
};

/* ---- places ---- */

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

/* Lengths keep the parts apart. */
static const char *make_key(const gw_redis_target *t, apr_pool_t *p)
{
    return apr_psprintf(p, "%d %d %d %d %d,%d,%d,%d %s%s%s%s", t->port, t->database, t->is_tls, t->is_verified,
                        (int)strlen(t->host), (int)strlen(or_empty(t->username)), (int)strlen(or_empty(t->password)),
                        (int)strlen(or_empty(t->server_name)), t->host, or_empty(t->username), or_empty(t->password),
                        or_empty(t->server_name));
}

static void close_idle(place *at, apr_time_t before)
{
    gw_redis_link **link = &at->idle;

    while (*link != NULL) {
        gw_redis_link *old = *link;

        if (gw_redis_link_used(old) > before) {
            link = gw_redis_link_next(old);
            continue;
        }
        *link = *gw_redis_link_next(old);
        gw_redis_link_close(old);
        at->nidle--;
    }
}

static void free_place(place *at)
{
    close_idle(at, APR_INT64_MAX);
    free(at->key);
    free(at);
}

/* Targets that nobody asks any more: a configuration has changed. */
static void forget_old(gw_redis_pool *pool, apr_time_t now)
{
    for (place **at = &pool->places; *at != NULL;) {
        place *old = *at;

        if (now - old->used < FORGET_AFTER) {
            at = &old->next;
            continue;
        }
        *at = old->next;
        free_place(old);
    }
}

/* With the lock held. NULL: out of memory. */
static place *find_place(gw_redis_pool *pool, const char *key, apr_time_t now)
{
    place *at = pool->places;

    while (at != NULL && strcmp(at->key, key) != 0)
        at = at->next;
    if (at == NULL) {
        forget_old(pool, now);
        if ((at = calloc(1, sizeof(*at))) == NULL)
            return NULL;
        if ((at->key = strdup(key)) == NULL) {
            free(at);
            return NULL;
        }
        at->next = pool->places;
        pool->places = at;
    }
    at->used = now;
    return at;
}

/* ---- links ---- */

/* May it be asked? Then *link is one that was kept, or NULL. */
static int borrow(gw_redis_link **link, gw_redis_pool *pool, const char *key, apr_time_t now)
{
    int may_ask = 1;
    place *at;

    *link = NULL;
    apr_thread_mutex_lock(pool->lock);
    if ((at = find_place(pool, key, now)) != NULL) {
        close_idle(at, now - KEEP_IDLE);
        if (at->nfailures >= FAILURES) {
            may_ask = now >= at->away_until || at->away_until - now > AWAY_FOR; /* the latter: a clock set back */
            at->away_until = may_ask ? now + AWAY_FOR : at->away_until;
        }
        while (may_ask && *link == NULL && at->idle != NULL) {
            *link = at->idle;
            at->idle = *gw_redis_link_next(*link);
            at->nidle--;
            if (!gw_redis_link_is_idle(*link)) {
                gw_redis_link_close(*link);
                *link = NULL;
            }
        }
    }
    apr_thread_mutex_unlock(pool->lock);
    return may_ask;
}

/* The link is given back, or gone (NULL); Redis has answered, or not. */
static void give_back(gw_redis_pool *pool, const char *key, gw_redis_link *link, int has_answered)
{
    apr_time_t now = apr_time_now();
    place *at;

    apr_thread_mutex_lock(pool->lock);
    if ((at = find_place(pool, key, now)) != NULL) {
        at->nfailures = has_answered ? 0 : at->nfailures + 1;
        if (at->nfailures >= FAILURES)
            at->away_until = now + AWAY_FOR;
        if (link != NULL && at->nidle < MAX_IDLE) {
            *gw_redis_link_next(link) = at->idle;
            at->idle = link;
            at->nidle++;
            link = NULL;
        }
    }
    apr_thread_mutex_unlock(pool->lock);
    if (link != NULL)
        gw_redis_link_close(link);
}

/* ---- asking ---- */

static int has_text(const char *s)
{
    return s != NULL && *s != '\0';
}

/* Commands that a new link begins with: how many, and all of it as bytes. */
static int format_greeting(const char **bytes, apr_size_t *len, const gw_redis_target *target, apr_pool_t *p)
{
    const char *auth[3] = { "AUTH" }, *select[2] = { "SELECT" };
    const char *first = "", *second = "";
    apr_size_t first_len = 0, second_len = 0;
    int n = 0, nwords = 1;
    char *all;

    if (has_text(target->password)) {
        if (has_text(target->username))
            auth[nwords++] = target->username;
        auth[nwords++] = target->password;
        first = gw_redis_format(&first_len, auth, nwords, p);
        n++;
    }
    if (target->database != 0) {
        select[1] = apr_itoa(p, target->database);
        second = gw_redis_format(&second_len, select, 2, p);
        n++;
    }
    *len = first_len + second_len;
    *bytes = all = apr_palloc(p, *len + 1);
    memcpy(all, first, first_len);
    memcpy(all + first_len, second, second_len);
    return n;
}

/* A Redis that has no password does not mind being told one: configurations carry them from somewhere else. */
static int is_harmless(const gw_redis_reply *reply)
{
    return strncmp(reply->text, "ERR AUTH <password> called without any password", 47) == 0
           || strncmp(reply->text, "ERR Client sent AUTH, but no password is set", 44) == 0;
}

/* What one call asks, and until when. */
typedef struct question {
    const gw_redis_target *target;
    const char *command;
    apr_size_t len;
    gw_redis_repeat repeat;
    apr_time_t until;
    apr_pool_t *p;
} question;

/* As many replies as there were commands; the last one counts. */
static apr_status_t receive(gw_redis_reply *reply, const char **why, gw_redis_link *link, int nreplies,
                            const question *q)
{
    apr_status_t rv = APR_SUCCESS;

    for (; rv == APR_SUCCESS && nreplies > 0; nreplies--) {
        rv = gw_redis_link_receive(reply, why, link, q->until, q->p);
        if (rv == APR_SUCCESS && reply->type == GW_REDIS_ERROR && (nreplies == 1 || !is_harmless(reply))) {
            *why = reply->text;
            return APR_EINIT; /* settled by the caller */
        }
    }
    return rv;
}

/* Over a new link: greeting and command at once. *link is NULL when there is none. */
static apr_status_t ask_anew(gw_redis_link **link, gw_redis_reply *reply, const char **why, const question *q)
{
    const char *greeting;
    apr_size_t greeting_len;
    int ngreetings = format_greeting(&greeting, &greeting_len, q->target, q->p);
    char *all = apr_palloc(q->p, greeting_len + q->len);
    apr_status_t rv = gw_redis_link_open(link, why, q->target, q->until);

    if (rv != APR_SUCCESS) {
        *link = NULL;
        return rv;
    }
    memcpy(all, greeting, greeting_len);
    memcpy(all + greeting_len, q->command, q->len);
    rv = gw_redis_link_send(*link, why, all, greeting_len + q->len, q->until);
    return rv == APR_SUCCESS ? receive(reply, why, *link, ngreetings + 1, q) : rv;
}

/* Over a link that was kept. *is_undone: the other side has gone, and the question may be asked anew: it did not leave
 * here whole, so nothing was done about it, or it bears that. */
static apr_status_t ask_again(int *is_undone, gw_redis_reply *reply, const char **why, gw_redis_link *link,
                              const question *q)
{
    apr_status_t rv = gw_redis_link_send(link, why, q->command, q->len, q->until);
    const int has_left = rv == APR_SUCCESS;

    if (has_left)
        rv = receive(reply, why, link, 1, q);
    *is_undone = (rv == APR_EOF || rv == ECONNRESET || rv == EPIPE) && (!has_left || q->repeat == GW_REDIS_AGAIN);
    return rv;
}

apr_status_t gw_redis_ask(gw_redis_reply *reply, const char **why, gw_redis_pool *pool, const gw_redis_target *target,
                          const char *const *words, int n, gw_redis_repeat repeat, apr_pool_t *p)
{
    const apr_time_t now = apr_time_now();
    question q = { .target = target, .repeat = repeat, .until = now + target->timeout, .p = p };
    const char *key = make_key(target, p);
    apr_status_t rv = APR_EOF;
    gw_redis_link *link;
    int is_undone = 1;

    if (!borrow(&link, pool, key, now)) {
        *why = "it did not answer a moment ago";
        return APR_EAGAIN;
    }
    q.command = gw_redis_format(&q.len, words, n, p);
    if (link != NULL) {
        rv = ask_again(&is_undone, reply, why, link, &q);
        if (is_undone)
            gw_redis_link_close(link);
    }
    if (is_undone)
        rv = ask_anew(&link, reply, why, &q);
    if (rv != APR_SUCCESS && link != NULL) { /* an error leaves replies of a greeting unread: not kept either */
        gw_redis_link_close(link);
        link = NULL;
    }
    give_back(pool, key, link, rv == APR_SUCCESS || rv == APR_EINIT);
    return rv == APR_EINIT ? APR_EGENERAL : rv == APR_EGENERAL ? APR_ECONNABORTED : rv;
}

static apr_status_t end_pool(void *data)
{
    gw_redis_pool *pool = data;

    while (pool->places != NULL) {
        place *at = pool->places;

        pool->places = at->next;
        free_place(at);
    }
    return APR_SUCCESS;
}

gw_redis_pool *gw_redis_pool_make(apr_pool_t *p)
{
    gw_redis_pool *pool = apr_pcalloc(p, sizeof(*pool));

    if (apr_thread_mutex_create(&pool->lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS)
        return NULL;
    apr_pool_cleanup_register(p, pool, end_pool, apr_pool_cleanup_null);
    return pool;
}
