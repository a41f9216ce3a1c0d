/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_text.h - what a probe says and how its answer begins. Pure.
 */
#ifndef GW_UPSTREAM_PROBE_TEXT_H
#define GW_UPSTREAM_PROBE_TEXT_H

#include "balancer.h"

enum { GW_PROBE_MORE = 0, GW_PROBE_GARBAGE = -1 };

/* The status that these first bytes of an answer tell; GW_PROBE_MORE: too few to say; GW_PROBE_GARBAGE: no HTTP. */
int gw_probe_parse_status(const char *bytes, apr_size_t len);

/* "GET path HTTP/1.1" with the upstream's headers; malloc'ed. Never NULL. */
char *gw_probe_make_request(const gw_upstream *upstream, const gw_target *target);

#endif
