/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response_hook.c - the hook for what answers carry, so that no plugin needs output filters and an error path of its
 * own: one call for each answer, proxied or ours, refused or not. response_headers.c runs it.
 */
#include "reply.h"

APR_HOOK_STRUCT(APR_HOOK_LINK(response))

APR_IMPLEMENT_EXTERNAL_HOOK_VOID(gw, GW, response, (request_rec * r), (r))
