/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_path.h - a call's path as the audit may keep it. Pure.
 */
#ifndef GW_ADMIN_AUDIT_PATH_H
#define GW_ADMIN_AUDIT_PATH_H

#include "entity_path.h"

/* `path` as the client wrote it, in p, with "***" for the segments that name a row by a secret (a key). */
const char *gw_audit_path(const char *path, const gw_path_target *target, apr_pool_t *p);

#endif
