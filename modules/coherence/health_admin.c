/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_admin.c - what the Admin API asks and says about the health of targets: read from the current snapshot of the
 * child that answers, written into the memory that all children share.
 */
#include "gw_admin_api.h"

#include <string.h>

#include <apr_strings.h>

#include "child.h"

static gw_balancer *find_balancer(const gw_snapshot *snapshot, const char *id)
{
    gw_balancer *const *balancers;
    int i, n;

    balancers = gw_snapshot_balancers(&n, snapshot);
    for (i = 0; i < n; i++)
        if (strcmp(balancers[i]->upstream->id, id) == 0)
            return balancers[i];
    return NULL;
}

/* ---- showing ---- */

static const char *word_for(int is_up, int checks)
{
    if (!checks)
        return "HEALTHCHECKS_OFF";
    return is_up ? "HEALTHY" : "UNHEALTHY";
}

static json_t *describe_addresses(const gw_balancer *b, const gw_member *member, int checks, apr_int64_t *available)
{
    json_t *list = json_array();
    int i;

    *available = 0;
    for (i = member->first; i < member->first + member->n; i++) {
        const gw_peer *peer = &b->peers[i];
        const int is_up = gw_health_is_up(peer->cell);

        *available += is_up ? member->target->weight : 0;
        json_array_append_new(list, json_pack("{s:s, s:i, s:I, s:s}", "ip", peer->ip, "port", member->target->port,
                                              "weight", (json_int_t)member->target->weight, "health",
                                              word_for(is_up, checks)));
    }
    return list;
}

static json_t *describe_member(const gw_balancer *b, const gw_member *member, int checks)
{
    const gw_target *target = member->target;
    const apr_int64_t total = target->weight * (member->n > 0 ? member->n : 1);
    apr_int64_t available;
    json_t *addresses = describe_addresses(b, member, checks, &available);
    const char *health = !member->is_resolved ? "DNS_ERROR" : word_for(available > 0 || target->weight == 0, checks);

    return json_pack("{s:s, s:{s:o, s:s, s:i, s:s, s:I, s:{s:I, s:I, s:I}}}", "health", health, "data", "addresses",
                     addresses, "host", target->host, "port", target->port, "dns", target->is_address ? "none" : "A",
                     "nodeWeight", (json_int_t)target->weight, "weight", "total", (json_int_t)total, "available",
                     (json_int_t)available, "unavailable", (json_int_t)(total - available));
}

static json_t *describe_balancer(const gw_balancer *b)
{
    const int checks = gw_upstream_checks_health(b->upstream);
    json_t *targets = json_object();
    int i;

    for (i = 0; i < b->nmembers; i++)
        json_object_set_new(targets, b->members[i].target->id, describe_member(b, &b->members[i], checks));
    return json_pack("{s:b, s:s, s:o}", "checks", checks, "health", word_for(gw_balancer_is_up(b), checks), "targets",
                     targets);
}

json_t *gw_admin_upstream_health(const char *upstream_id)
{
    gw_edition *edition = gw_coherence_hold();
    const gw_balancer *b;
    json_t *described;

    if (edition == NULL)
        return NULL;
    b = find_balancer(gw_edition_snapshot(edition), upstream_id);
    described = b != NULL ? describe_balancer(b) : NULL;
    gw_edition_release(edition);
    return described;
}

/* ---- setting ---- */

static int is_address_of(const gw_peer *peer, const char *address)
{
    const size_t len = strlen(peer->ip), skip = *address == '[';
    const char *rest = address + skip + len;
    char port[8];

    if (strncmp(address + skip, peer->ip, len) != 0)
        return 0;
    if (skip && *rest == ']')
        rest++;
    apr_snprintf(port, sizeof(port), ":%d", peer->target->port);
    return *rest == '\0' || strcmp(rest, port) == 0;
}

static int set_health(const gw_balancer *b, const char *target_id, const char *address, int is_up)
{
    int i, n = 0;

    for (i = 0; i < b->npeers; i++) {
        const gw_peer *peer = &b->peers[i];

        if (strcmp(peer->target->id, target_id) != 0 || (address != NULL && !is_address_of(peer, address)))
            continue;
        gw_health_set(peer->cell, is_up);
        n++;
    }
    return n;
}

int gw_admin_set_target_health(const char *upstream_id, const char *target_id, const char *address, int is_up)
{
    gw_edition *edition = gw_coherence_hold();
    const gw_balancer *b;
    int n;

    if (edition == NULL)
        return -1;
    b = find_balancer(gw_edition_snapshot(edition), upstream_id);
    n = b != NULL ? set_health(b, target_id, address, is_up) : -1;
    gw_edition_release(edition);
    return n;
}
