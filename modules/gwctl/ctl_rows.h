/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl_rows.h - rows of another gateway made fit for ours: what ours does not know is left out, and told. Pure.
 */
#ifndef GW_GWCTL_CTL_ROWS_H
#define GW_GWCTL_CTL_ROWS_H

#include <jansson.h>

/* Keep of `row`, in place, the members that a schema of ours (as /schemas answers it) has. Each that goes and held
 * something is counted in `left_out` under "entity.member". */
void gw_ctl_row_fit(json_t *row, const json_t *schema, const char *prefix, json_t *left_out);
/* The description of a field in a schema; NULL if there is none. Borrowed. */
const json_t *gw_ctl_schema_field(const json_t *schema, const char *name);
/* Count one more under this name. */
void gw_ctl_count(json_t *counts, const char *name);

#endif
