/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_fault.c - what a driver's failure means to callers, and how it is remembered on its connection.
 */
#include "store_driver.h"

#include <apr_strings.h>

apr_status_t gw_fault_status(gw_fault_kind kind)
{
    switch (kind) {
    case GW_FAULT_NONE:
        return APR_SUCCESS;
    case GW_FAULT_AWAY:
    case GW_FAULT_BUSY:
    case GW_FAULT_LOST:
    case GW_FAULT_FULL:
        return APR_EAGAIN;
    case GW_FAULT_NO_TABLE:
        return APR_ENOTIMPL;
    default:
        return APR_EGENERAL;
    }
}

apr_status_t gw_db_fail(gw_db *db, gw_fault_kind kind, const char *why)
{
    db->fault.kind = kind;
    db->fault.object[0] = db->fault.table[0] = '\0';
    apr_cpystrn(db->fault.why, why, sizeof(db->fault.why));
    return gw_fault_status(kind);
}
