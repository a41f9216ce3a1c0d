/* SPDX-License-Identifier: Apache-2.0 */
/*
 * framing.h - whether a request can be read, and sent on, in one way only.
 */
#ifndef GW_CORE_FRAMING_H
#define GW_CORE_FRAMING_H

#include <httpd.h>

/* What is asked of every request to a host that routes, and of every call of the Admin API, before anybody reads the
 * body or sends anything. OK, or HTTP_BAD_REQUEST (logged). Request thread. */
int gw_framing_check(request_rec *r);
/* For requests that become the gateway's where nothing is routed: what the hook has asked of all others. OK, or
 * HTTP_BAD_REQUEST (logged): its transfer coding is not one that can be sent on. Request thread. */
int gw_framing_check_coding(request_rec *r);

#endif
