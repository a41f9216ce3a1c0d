/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row_warnings.h - values that are valid and stored, but without effect here. Pure.
 */
#ifndef GW_ADMIN_ROW_WARNINGS_H
#define GW_ADMIN_ROW_WARNINGS_H

#include <jansson.h>

/* The next thing to say about a row, NULL at the end; *at begins with 0 and is moved on. A static text. */
const char *gw_row_warning(const char *entity, const json_t *row, int *at);

#endif
