/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - which request headers say who asks, and may therefore be set by the gateway alone. Pure.
 */
#ifndef GW_PROXY_IDENTITY_H
#define GW_PROXY_IDENTITY_H

/* 1 when a client may not send this header: X-Consumer-*, X-Credential-*, X-Authenticated-*, X-Anonymous-Consumer,
 * in any case. Upstreams that turn header names into variables (CGI, WSGI, Rack) see '-', '_' and other punctuation as
 * one character, so every byte that is no letter or digit counts as '-'. For the same reason X-Forwarded-* and
 * X-Real-IP, which the gateway writes itself, may not come in such a disguise (X_Forwarded_For); under their own names
 * they may. */
int gw_identity_is_protected(const char *header_name);
/* 1 when a header name holds a byte that upstreams may take for '-'. */
int gw_header_is_disguised(const char *header_name);
/* 1 when upstreams may take the one name for the other, whatever the case. */
int gw_header_is_like(const char *header_name, const char *other);

#endif
