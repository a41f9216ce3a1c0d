/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_upstreams_test.c - rows of upstreams and targets in, bindings of services out: what is bound, what lives on
 * over links, and that nothing is left behind or freed too early.
 */
#include <malloc.h>
#include <stdlib.h>

#include <apr_general.h>

#include "entities.h"
#include "snapshot.h"
#include "tap.h"
#include "workshop_put.h"

static int nheld;

static void hold_worker(void *worker)
{
    (void)worker;
    nheld++;
}

static void put_service(gw_workshop *shop, const char *id, const char *host)
{
    put(shop, &gw_entity_services, json_pack("{s:s, s:s, s:s, s:i}", "id", id, "name", id, "host", host, "port", 80));
}

static void put_upstream(gw_workshop *shop, const char *id, const char *name, const char *host_header)
{
    put(shop, &gw_entity_upstreams, json_pack("{s:s, s:s, s:s?}", "id", id, "name", name, "host_header", host_header));
}

static void put_target(gw_workshop *shop, const char *id, const char *upstream, const char *target)
{
    put(shop, &gw_entity_targets, json_pack("{s:s, s:{s:s}, s:s, s:i}", "id", id, "upstream", "id", upstream, "target",
                                            target, "weight", 100));
}

static gw_binding *binding_of(const gw_snapshot *snapshot, const char *service)
{
    return gw_snapshot_binding(snapshot, gw_snapshot_service_by_name(snapshot, service));
}

/* -1: it is not bound. */
static int npeers(const gw_snapshot *snapshot, const char *service)
{
    const gw_binding *binding = binding_of(snapshot, service);

    return binding != NULL ? binding->balancer->npeers : -1;
}

static gw_workshop *make_shop(gw_names *names, gw_health_table *health)
{
    gw_workshop *shop = gw_workshop_make(release_worker);

    gw_workshop_use_upstreams(shop, &(gw_upstream_tools){ health, names, hold_worker });
    return shop;
}

static void test_binding(void)
{
    gw_workshop *shop = make_shop(NULL, NULL);
    gw_snapshot *s;

    put_service(shop, "a", "up");
    put_service(shop, "b", "elsewhere");
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), -1, "no upstream: a host is a host");
    gw_snapshot_destroy(shop, s);
    put_target(shop, "t1", "u", "10.0.0.1:80");
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), -1, "a target before its upstream waits");
    gw_snapshot_destroy(shop, s);
    put_upstream(shop, "u", "up", NULL);
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), 1, "the service whose host it is is bound");
    is_int(npeers(s, "b"), -1, "others are not");
    gw_snapshot_destroy(shop, s);
    put_upstream(shop, "u", "renamed", NULL);
    put_upstream(shop, "v", "up", NULL);
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), 0, "another upstream of that name, without targets");
    gw_snapshot_destroy(shop, s);
    put_target(shop, "t1", "v", "10.0.0.1:80");
    put_target(shop, "t2", "v", "10.0.0.2:80");
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), 2, "a target that changed its upstream, and a new one");
    gw_snapshot_destroy(shop, s);
    gw_workshop_remove(shop, &gw_entity_targets, "t2");
    gw_workshop_remove(shop, &gw_entity_targets, "t2");
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), 1, "one less");
    gw_workshop_remove(shop, &gw_entity_upstreams, "v");
    gw_snapshot_destroy(shop, s);
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), -1, "the upstream is gone");
    gw_snapshot_destroy(shop, s);
    gw_workshop_destroy(shop);
}

/* What did not change is the same object: its turns and counts go on. */
static void test_continuity(void)
{
    gw_workshop *shop = make_shop(NULL, NULL);
    gw_snapshot *first, *second, *third;
    gw_binding *before;
    int one, two;

    put_service(shop, "a", "up");
    put_upstream(shop, "u", "up", NULL);
    put_target(shop, "t1", "u", "10.0.0.1:80");
    put_target(shop, "t2", "u", "10.0.0.2:80");
    first = gw_workshop_link(shop);
    before = binding_of(first, "a");
    before->workers[0] = &one;
    before->workers[1] = &two;
    put_service(shop, "other", "x");
    second = gw_workshop_link(shop);
    ok(binding_of(second, "a") == before, "another row's change leaves it as it is");
    put_target(shop, "t3", "u", "10.0.0.3:80");
    gw_workshop_remove(shop, &gw_entity_targets, "t1");
    nheld = nreleased = 0;
    third = gw_workshop_link(shop);
    ok(binding_of(third, "a") != before, "a change of targets makes a new one");
    is_int(nheld, 1, "which holds the worker of the peer that stayed");
    ok(binding_of(third, "a")->workers[0] == &two, "and has it");
    is_int(npeers(first, "a"), 2, "older snapshots show what they showed");
    is_int(nreleased, 0, "nothing of theirs is released");
    gw_snapshot_destroy(shop, first);
    is_int(nreleased, 0, "not while one of them is left");
    gw_snapshot_destroy(shop, second);
    is_int(nreleased, 2, "then both workers");
    put_upstream(shop, "u", "up", "api.x");
    nheld = 0;
    first = gw_workshop_link(shop);
    is_int(nheld, 0, "another host_header: connections are not taken over");
    gw_snapshot_destroy(shop, third);
    put_service(shop, "a", "up");
    second = gw_workshop_link(shop);
    ok(binding_of(second, "a") != binding_of(first, "a"), "a changed service has a binding of its own");
    ok(binding_of(second, "a")->balancer == binding_of(first, "a")->balancer, "with the same balancer");
    gw_workshop_clear(shop);
    is_int(npeers(second, "a"), 2, "rows that are forgotten are still shown");
    gw_snapshot_destroy(shop, second);
    gw_snapshot_destroy(shop, first);
    gw_workshop_destroy(shop);
}

/* ---- names ---- */

static const char *moving = "10.0.0.1";

static int resolve(void *baton, const char *name, gw_address_text found[GW_NAME_ADDRESSES])
{
    (void)baton;
    if (strcmp(name, "moving") != 0)
        return 0;
    snprintf(found[0], GW_ADDRESS_SIZE, "%s", __atomic_load_n(&moving, __ATOMIC_SEQ_CST));
    return 1;
}

static void ignore_change(void *baton)
{
    (void)baton;
}

static void test_names(void)
{
    gw_names *names = gw_names_make(&(gw_names_hooks){ resolve, ignore_change, NULL, apr_time_from_msec(10) });
    gw_workshop *shop = make_shop(names, NULL);
    gw_snapshot *s;
    int i;

    put_service(shop, "a", "up");
    put_upstream(shop, "u", "up", NULL);
    put_target(shop, "t1", "u", "moving:80");
    put_target(shop, "t2", "u", "nobody:80");
    s = gw_workshop_link(shop);
    is_int(npeers(s, "a"), 1, "a name is known when it is linked first; one that nobody knows has no peer");
    is_str(binding_of(s, "a")->balancer->peers[0].ip, "10.0.0.1", "at its address");
    is_int(binding_of(s, "a")->balancer->members[1].is_resolved, 0, "which is remembered");
    is_int(gw_workshop_is_outdated(shop), 0, "nothing is new");
    gw_snapshot_destroy(shop, s);
    __atomic_store_n(&moving, "10.0.0.2", __ATOMIC_SEQ_CST);
    for (i = 0; i < 20000 && !gw_workshop_is_outdated(shop); i++)
        apr_sleep(1000);
    is_int(gw_workshop_is_outdated(shop), 1, "an address that changes is noticed");
    s = gw_workshop_link(shop);
    is_str(binding_of(s, "a")->balancer->peers[0].ip, "10.0.0.2", "and shown by the next link");
    gw_snapshot_destroy(shop, s);
    gw_workshop_destroy(shop);
    gw_names_end(names, apr_time_from_sec(30));
}

/* ---- memory ---- */

static void churn(int rounds)
{
    void *memory = calloc(1, gw_health_table_bytes(256));
    gw_workshop *shop = make_shop(NULL, gw_health_table_format(memory, 256));
    gw_snapshot *older = NULL, *s;
    int i;

    put_service(shop, "a", "up");
    put_upstream(shop, "u", "up", NULL);
    for (i = 0; i < rounds; i++) {
        char target[32];

        snprintf(target, sizeof(target), "10.0.0.%d:80", i % 200 + 1);
        put_target(shop, "t", "u", target);
        if (i % 7 == 0)
            gw_workshop_remove(shop, &gw_entity_targets, "t");
        if (i % 5 == 0)
            put_upstream(shop, i % 2 ? "u" : "w", i % 3 ? "up" : "other", NULL);
        if (i % 11 == 0)
            gw_workshop_remove(shop, &gw_entity_upstreams, "w");
        s = gw_workshop_link(shop);
        if (older != NULL && i % 2)
            gw_snapshot_destroy(shop, older), older = NULL;
        if (older == NULL)
            older = s;
        else
            gw_snapshot_destroy(shop, s);
    }
    gw_workshop_destroy(shop);
    free(memory);
}

int main(void)
{
    size_t before;

    apr_initialize();
    test_binding();
    test_continuity();
    test_names();
    churn(500);
    before = mallinfo2().uordblks;
    churn(500);
    ok(mallinfo2().uordblks <= before + 4096, "nothing is left behind");
    return done();
}
