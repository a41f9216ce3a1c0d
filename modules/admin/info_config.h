/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_config.h - what the endpoints that take or give whole configurations share.
 */
#ifndef GW_ADMIN_INFO_CONFIG_H
#define GW_ADMIN_INFO_CONFIG_H

#include "admin_call.h"
#include "config_body.h"
#include "declarative.h"

/* The configuration in the call's bytes: 0, or the status of the answer. */
int gw_config_take(admin_call *call, gw_config_body *body);
/* Answer that a configuration is bad; `flatten_errors` is the call's. */
int gw_config_refuse(admin_call *call, const gw_decl *decl, const gw_error *err);
/* Before the commit of a plan: who did it. 0, or the status of the answer. */
int gw_config_audit(admin_call *call, const gw_decl_plan *plan);
/* 1 for true, 1, on, yes. */
int gw_config_is_asked(const admin_call *call, const char *parameter);
/* A plan's warnings as headers. */
void gw_config_warn(admin_call *call, const gw_decl *decl);

#endif
