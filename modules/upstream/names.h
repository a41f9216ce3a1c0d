/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the addresses of the names that targets have, looked up in threads of its own, again and again: the
 * system's resolver tells no time to live, so each name is asked for every few seconds. Requests never wait for one.
 *
 * A name that cannot be resolved any more keeps the addresses it had. IPv4 addresses are used where there are any.
 * Pure: no httpd.h.
 */
#ifndef GW_UPSTREAM_NAMES_H
#define GW_UPSTREAM_NAMES_H

#include <apr_pools.h>
#include <apr_time.h>

#define GW_NAME_ADDRESSES 32 /* of one name, at most */
#define GW_ADDRESS_SIZE 46

typedef struct gw_names gw_names;

typedef char gw_address_text[GW_ADDRESS_SIZE];

typedef struct gw_names_hooks {
    /* The addresses of a name into `found`, sorted or not; how many, 0 when it cannot be resolved. May take its time.
     * NULL: the system's resolver. */
    int (*resolve)(void *baton, const char *name, gw_address_text found[GW_NAME_ADDRESSES]);
    /* Addresses of some name are others than before. In a thread of the resolver. */
    void (*changed)(void *baton);
    void *baton;
    apr_interval_time_t interval; /* between two look-ups of a name; 0 = the usual */
} gw_names_hooks;

/* What is known of one name; strings are borrowed until the same thread asks for it again, or sweeps. */
typedef struct gw_name_view {
    int is_known; /* it was looked up, with whatever result */
    int n;
    const char *ips[GW_NAME_ADDRESSES];
} gw_name_view;

/* Starts no thread before the first name is asked for. Lives in a pool of its own. NULL: out of system resources. */
gw_names *gw_names_make(const gw_names_hooks *hooks);
/* Threads are asked to end and waited for, at most `timeout`: 1 when all have ended. Names stay as they are. */
int gw_names_stop(gw_names *names, apr_interval_time_t timeout);
/* The same, then free it, unless a thread hangs in the resolver. For tests: a child's names live as long as it does. */
void gw_names_end(gw_names *names, apr_interval_time_t timeout);

/* These four: one thread. */
void gw_names_get(gw_name_view *view, gw_names *names, const char *name);
/* Wait, at most `timeout`, until every name that was asked for since the last wait has been looked up once. */
void gw_names_await(gw_names *names, apr_interval_time_t timeout);
/* Forget the names that nobody asked for since the last sweep. */
void gw_names_sweep(gw_names *names);
/* Moves on with every change of an address. */
apr_uint64_t gw_names_version(const gw_names *names);

/* Look this name up soon: an address of it does not answer. Any thread. */
void gw_names_hurry(gw_names *names, const char *name);

#endif
