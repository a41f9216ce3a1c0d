/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - one row for each number, time or choice that a directive sets: where it stands, what it may be, what it
 * is unless told. Create, merge, defaults and parsing all read these rows. Between conf.c and directives.c only.
 */
#ifndef GW_CORE_SETTINGS_H
#define GW_CORE_SETTINGS_H

#include "conf.h"

typedef enum gw_setting_kind {
    GW_SETTING_INT,   /* int */
    GW_SETTING_INT64, /* apr_int64_t */
    GW_SETTING_TIME   /* apr_interval_time_t; limits and default are microseconds */
} gw_setting_kind;

typedef struct gw_setting {
    const char *name;          /* of the directive */
    size_t at;                 /* in gw_server_conf */
    gw_setting_kind kind;
    apr_int64_t min, max, dflt;
    const char *const *words;  /* a choice: NULL-terminated, value = index; NULL = a number */
    int is_process_wide;       /* one value for all virtual hosts */
} gw_setting;

enum {
    GW_SET_ROUTER, GW_SET_MIGRATE, GW_SET_CACHE_BYTES, GW_SET_CACHE_TTL, GW_SET_CACHE_MISS_TTL, GW_SET_TOKEN_CACHE,
    GW_SET_PROPAGATION_TIMEOUT, GW_SET_REPLAY_BUFFER, GW_SET_STORE_WAITERS, GW_SET_LEGACY_STATUS, GW_SET_KEY_AT_REST,
    GW_SET_HASH_THREADS, GW_SET_HOOK_THREADS, GW_SET_AMBIGUOUS_PATHS, GW_SET_ADMIN_MAX_BODY,
    GW_SET_AUDIT_DAYS, GW_NSETTINGS
};

extern const gw_setting gw_settings[GW_NSETTINGS];

/* Write a value that gw_setting_parse gave into the member that the setting is kept in. */
void gw_setting_put(gw_server_conf *conf, const gw_setting *setting, apr_int64_t value);
/* NULL when `text` is a value of `setting`, then *value is set; else what it takes, in p. */
const char *gw_setting_parse(apr_int64_t *value, const gw_setting *setting, const char *text, apr_pool_t *p);

#endif
