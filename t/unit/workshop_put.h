/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_put.h - what tests of the workshop share: rows in, and how many workers its services gave back.
 */
#ifndef GW_T_WORKSHOP_PUT_H
#define GW_T_WORKSHOP_PUT_H

#include <stdlib.h>

#include "snapshot.h"

__attribute__((unused)) static int nreleased;

__attribute__((unused)) static void release_worker(void *worker)
{
    (void)worker;
    nreleased++;
}

/* Steals the row. */
__attribute__((unused)) static void put(gw_workshop *shop, const gw_entity *entity, json_t *row)
{
    if (row == NULL)
        abort(); /* the test's own mistake */
    gw_workshop_put(shop, entity, row);
    json_decref(row);
}

#endif
