/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.h - what other files of core need to know of who asks.
 */
#ifndef GW_CORE_AUTH_H
#define GW_CORE_AUTH_H

#include "mod_gw.h"

/* The name that people know a consumer by: username, custom_id or id. Borrowed. */
const char *gw_consumer_display(const gw_consumer *consumer);

#endif
