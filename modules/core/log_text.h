/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_text.h - texts that clients and operators choose, as they stand in a line of a log. Pure; threads: any.
 */
#ifndef GW_CORE_LOG_TEXT_H
#define GW_CORE_LOG_TEXT_H

#include <apr_pools.h>

/* `text` as it stands between the quotes of a JSON string, in ASCII: a line has no end or quote too many, whether its
 * format is JSON or not. What is no UTF-8 is U+FFFD. `text` itself when it may stand as it is, else in p. */
const char *gw_log_text(const char *text, apr_pool_t *p);

#endif
