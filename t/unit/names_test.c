/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names_test.c - names that are looked up again and again, with a resolver of the test's own.
 */
#include <stdlib.h>

#include <apr_general.h>
#include <apr_thread_mutex.h>

#include "names.h"
#include "tap.h"

static apr_thread_mutex_t *lock;
static const char *answer = "10.0.0.1"; /* of "moving": addresses with blanks between */
static int nlooks, nchanges, is_stuck;

static int resolve(void *baton, const char *name, gw_address_text found[GW_NAME_ADDRESSES])
{
    char *copy, *word, *state;
    int n = 0;

    (void)baton;
    __atomic_add_fetch(&nlooks, 1, __ATOMIC_SEQ_CST);
    while (strcmp(name, "stuck") == 0 && __atomic_load_n(&is_stuck, __ATOMIC_SEQ_CST))
        apr_sleep(1000);
    if (strcmp(name, "moving") != 0)
        return 0;
    apr_thread_mutex_lock(lock);
    copy = strdup(answer);
    apr_thread_mutex_unlock(lock);
    for (word = strtok_r(copy, " ", &state); word != NULL; word = strtok_r(NULL, " ", &state))
        snprintf(found[n++], GW_ADDRESS_SIZE, "%s", word);
    free(copy);
    return n;
}

static void note_change(void *baton)
{
    (void)baton;
    __atomic_add_fetch(&nchanges, 1, __ATOMIC_SEQ_CST);
}

static void set_answer(const char *text)
{
    apr_thread_mutex_lock(lock);
    answer = text;
    apr_thread_mutex_unlock(lock);
}

static const char *addresses(gw_names *names, const char *name)
{
    static char text[512];
    gw_name_view view;
    int i;

    gw_names_get(&view, names, name);
    snprintf(text, sizeof(text), "%s", view.is_known ? "" : "?");
    for (i = 0; i < view.n; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", view.ips[i]);
    return text;
}

/* Wait, generously, until the name has these addresses. */
static int comes_to(gw_names *names, const char *name, const char *want)
{
    int i;

    for (i = 0; i < 20000 && strcmp(addresses(names, name), want) != 0; i++)
        apr_sleep(1000);
    return strcmp(addresses(names, name), want) == 0;
}

int main(void)
{
    const gw_names_hooks hooks = { resolve, note_change, NULL, apr_time_from_msec(20) };
    gw_names *names;
    apr_uint64_t version;
    apr_pool_t *p;
    int n;

    apr_initialize();
    apr_pool_create(&p, NULL);
    apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, p);
    names = gw_names_make(&hooks);
    version = gw_names_version(names);
    addresses(names, "moving");
    gw_names_await(names, apr_time_from_sec(30));
    is_str(addresses(names, "moving"), "10.0.0.1", "known after the wait");
    ok(gw_names_version(names) != version, "the version has moved");
    version = gw_names_version(names);
    set_answer("10.0.0.3 10.0.0.2 10.0.0.3");
    ok(comes_to(names, "moving", "10.0.0.2 10.0.0.3"), "a name that moves: sorted, without doubles, unasked");
    ok(gw_names_version(names) != version && __atomic_load_n(&nchanges, __ATOMIC_SEQ_CST) >= 2, "and it is told");
    version = gw_names_version(names);
    set_answer("10.0.0.2 10.0.0.3");
    n = __atomic_load_n(&nlooks, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&nlooks, __ATOMIC_SEQ_CST) < n + 3)
        apr_sleep(1000);
    ok(gw_names_version(names) == version, "another order is no change");
    set_answer("");
    n = __atomic_load_n(&nlooks, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&nlooks, __ATOMIC_SEQ_CST) < n + 3)
        apr_sleep(1000);
    is_str(addresses(names, "moving"), "10.0.0.2 10.0.0.3", "a name that is lost keeps what it had");

    addresses(names, "unknown");
    gw_names_await(names, apr_time_from_sec(30));
    is_str(addresses(names, "unknown"), "", "a name that nobody knows has no address, and that is known");

    __atomic_store_n(&is_stuck, 1, __ATOMIC_SEQ_CST);
    addresses(names, "stuck");
    gw_names_await(names, apr_time_from_msec(30));
    is_str(addresses(names, "stuck"), "?", "nobody waits for ever");
    gw_names_await(names, apr_time_from_sec(3600));
    ok(1, "nor twice for the same name");
    set_answer("10.0.0.9");
    ok(comes_to(names, "moving", "10.0.0.9"), "others are looked up meanwhile");
    __atomic_store_n(&is_stuck, 0, __ATOMIC_SEQ_CST);
    ok(comes_to(names, "stuck", ""), "it is known at last");

    gw_names_hurry(names, "moving");
    gw_names_hurry(names, "never asked for");
    gw_names_sweep(names);
    addresses(names, "moving");
    gw_names_sweep(names);
    is_str(addresses(names, "unknown"), "?", "what nobody asks for is forgotten");
    is_str(addresses(names, "moving"), "10.0.0.9", "the rest is not");
    gw_names_end(names, apr_time_from_sec(30));
    return done();
}
