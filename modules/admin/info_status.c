/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_status.c - `/status`: connections, memory, database, and how the gateway itself is.
 */
#include <ap_mpm.h>
#include <apr_strings.h>
#include <scoreboard.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "byte_units.h"
#include "declarative.h"
#include "info.h"
#include "traffic.h"

#define COUNT_TO 10000

/* The threads' states and the children's connections, from the scoreboard. */
typedef struct load {
    int nreading, nwriting, nwaiting, nactive;
} load;

static void count_thread(load *l, int status)
{
    switch (status) {
    case SERVER_BUSY_READ:
        l->nreading++;
        break;
    case SERVER_BUSY_WRITE:
    case SERVER_BUSY_LOG:
    case SERVER_BUSY_DNS:
        l->nwriting++;
        break;
    case SERVER_BUSY_KEEPALIVE:
        l->nwaiting++;
        break;
    default:
        break;
    }
}

static load read_load(void)
{
    load l = { 0, 0, 0, 0 };
    int ndaemons = 0, nthreads = 0, i, k;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &ndaemons);
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_THREADS, &nthreads);
    for (i = 0; i < ndaemons; i++) {
        const process_score *process = ap_get_scoreboard_process(i);

        if (process == NULL || process->pid == 0)
            continue;
        /* connections that wait in the event MPM's queues occupy no thread */
        l.nwaiting += (int)process->keep_alive;
        l.nwriting += (int)process->write_completion;
        for (k = 0; k < nthreads; k++) {
            const worker_score *thread = ap_get_scoreboard_worker_from_indexes(i, k);

            if (thread != NULL)
                count_thread(&l, thread->status);
        }
    }
    l.nactive = l.nreading + l.nwriting + l.nwaiting;
    return l;
}

static json_t *describe_server(void)
{
    load l = read_load();
    gw_traffic seen = gw_traffic_read();

    return json_pack("{s:i, s:i, s:i, s:i, s:I, s:I, s:I}", "connections_active", l.nactive, "connections_reading",
                     l.nreading, "connections_writing", l.nwriting, "connections_waiting", l.nwaiting,
                     "connections_accepted", (json_int_t)seen.nconnections, "connections_handled",
                     (json_int_t)seen.nconnections, "total_requests", (json_int_t)seen.nrequests);
}

/* The resident bytes of a process; -1 where the system does not tell. */
static double resident_bytes(long pid, apr_pool_t *p)
{
    FILE *f = fopen(apr_psprintf(p, "/proc/%ld/statm", pid), "re");
    long pages, resident = -1;

    if (f == NULL)
        return -1;
    if (fscanf(f, "%ld %ld", &pages, &resident) != 2)
        resident = -1;
    fclose(f);
    return resident < 0 ? -1 : (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* What the reference calls the workers' VMs is here the children's resident memory. */
static json_t *describe_memory(const gw_byte_unit *unit, apr_pool_t *p)
{
    json_t *workers = json_array();
    int ndaemons = 0, i;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &ndaemons);
    for (i = 0; i < ndaemons; i++) {
        const process_score *process = ap_get_scoreboard_process(i);
        double bytes = process != NULL && process->pid != 0 ? resident_bytes(process->pid, p) : -1;

        if (bytes >= 0)
            json_array_append_new(workers, json_pack("{s:i, s:o}", "pid", (int)process->pid, "http_allocated_gc",
                                                     gw_bytes_format(unit, bytes, p)));
    }
    return json_pack("{s:{}, s:o}", "lua_shared_dicts", "workers_lua_vms", workers);
}

/* The hash of what was loaded last. */
static const char *configuration_hash(admin_call *call)
{
    const char *mark;

    if (call->db == NULL || gw_store_mark_get(&mark, call->db, call->p) != APR_SUCCESS)
        return GW_DECL_NO_HASH;
    return apr_pstrndup(call->p, mark, strlen(GW_DECL_NO_HASH));
}

/* Consumers may be millions: they are counted up to a bound, and "more_than" tells where that was not the end. What
 * cannot be counted now is left out. */
static void count_consumers(json_t *gateway, admin_call *call)
{
    const gw_entity *consumers = gw_registry_find("consumers");
    const gw_page bound = { .size = COUNT_TO + 1 };
    json_t *more = json_array();
    apr_int64_t n;

    if (call->db != NULL && consumers != NULL
        && gw_row_count(&n, call->db, consumers, &bound, call->p) == APR_SUCCESS) {
        json_object_set_new(json_object_get(gateway, "counts"), consumers->name,
                            json_integer(n > COUNT_TO ? COUNT_TO : n));
        if (n > COUNT_TO)
            json_array_append_new(more, json_string(consumers->name));
    }
    json_object_set_new(gateway, "more_than", more);
}

int gw_info_status(admin_call *call)
{
    const char *unit_text = gw_call_query(call, "unit"), *scale = gw_call_query(call, "scale"), *why;
    gw_byte_unit unit;
    json_t *body, *gateway;

    if ((why = gw_byte_unit_parse(&unit, unit_text, scale, call->p)) != NULL)
        return gw_call_message(call, 400, why);
    gateway = gw_admin_describe();
    body = json_pack("{s:o, s:o}", "server", describe_server(), "memory", describe_memory(&unit, call->p));
    if (strcmp(call->conf->database, "off") != 0)
        json_object_set_new(body, "database",
                            json_pack("{s:b}", "reachable", call->db != NULL && gw_db_ping(call->db) == APR_SUCCESS));
    else
        json_object_set_new(body, "configuration_hash", json_string(configuration_hash(call)));
    if (gateway != NULL) {
        count_consumers(gateway, call);
        json_object_set_new(body, "gateway", gateway);
    }
    return gw_call_answer(call, 200, body);
}
