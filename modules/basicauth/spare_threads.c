/* SPDX-License-Identifier: Apache-2.0 */
/* spare_threads.c - see spare_threads.h. */
#include "spare_threads.h"

#include <unistd.h>
#include <ap_mpm.h>
#include <httpd.h>
#include <scoreboard.h>

#define SHARE 4

/* This child's place on the scoreboard, -1 while its parent has not written it there. */
static int find_place(void)
{
    static int found = -1;
    int place = __atomic_load_n(&found, __ATOMIC_RELAXED), nplaces = 0;
    const pid_t own = getpid();

    if (place >= 0 || ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &nplaces) != APR_SUCCESS)
        return place;
    for (int i = 0; i < nplaces && place < 0; i++) {
        const process_score *process = ap_get_scoreboard_process(i);

        if (process == NULL)
            break;
        if (process->pid == own)
            place = i;
    }
    __atomic_store_n(&found, place, __ATOMIC_RELAXED);
    return place;
}

int gw_has_spare_threads(void)
{
    const int place = find_place();
    int nthreads = 0, nidle = 0;

    if (place < 0 || ap_mpm_query(AP_MPMQ_MAX_THREADS, &nthreads) != APR_SUCCESS)
        return 0;
    for (int i = 0; i < nthreads; i++) {
        const worker_score *worker = ap_get_scoreboard_worker_from_indexes(place, i);

        if (worker == NULL)
            return 0;
        if (worker->status == SERVER_READY && ++nidle > nthreads / SHARE)
            return 1;
    }
    return 0;
}
