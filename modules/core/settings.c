/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - the rows, and how a word of the configuration becomes a value of one.
 */
#include "settings.h"

#include <limits.h>
#include <apr_strings.h>

#define AT(member) offsetof(gw_server_conf, member)
#define SECONDS(n) ((n) * (apr_int64_t)APR_USEC_PER_SEC)
#define DAY SECONDS(86400)

static const char *const off_on[] = { "Off", "On", NULL };
static const char *const router_words[] = { "Off", "On", "Fallthrough", NULL }; /* gw_router_mode */
static const char *const rest_words[] = { "plain", "hashed", NULL };
static const char *const path_words[] = { "refuse", "allow", NULL };

#define CHOICE(name_, member_, words_, dflt_, wide_)                                                                   \
    { .name = (name_), .at = AT(member_), .kind = GW_SETTING_INT, .dflt = (dflt_), .words = (words_),                  \
      .is_process_wide = (wide_) }
#define INT(name_, member_, min_, max_, dflt_, wide_)                                                                  \
    { .name = (name_), .at = AT(member_), .kind = GW_SETTING_INT, .min = (min_), .max = (max_), .dflt = (dflt_),       \
      .is_process_wide = (wide_) }
#define BYTES(name_, member_, min_, max_, dflt_, wide_)                                                                \
    { .name = (name_), .at = AT(member_), .kind = GW_SETTING_INT64, .min = (min_), .max = (max_), .dflt = (dflt_),     \
      .is_process_wide = (wide_) }
#define TIME(name_, member_, max_, dflt_)                                                                              \
    { .name = (name_), .at = AT(member_), .kind = GW_SETTING_TIME, .min = 0, .max = (max_), .dflt = (dflt_),           \
      .is_process_wide = 1 }

const gw_setting gw_settings[GW_NSETTINGS] = {
    [GW_SET_ROUTER] = CHOICE("GwRouter", router, router_words, GW_ROUTER_OFF, 0),
    [GW_SET_MIGRATE] = CHOICE("GwMigrate", migrate, off_on, 1, 1),
    [GW_SET_CACHE_BYTES] = BYTES("GwCacheBytes", cache_bytes, 65536, APR_INT64_C(1) << 40, 67108864, 1),
    [GW_SET_CACHE_TTL] = TIME("GwCacheTTL", cache_ttl, 365 * DAY, 0),
    [GW_SET_CACHE_MISS_TTL] = TIME("GwCacheMissTTL", cache_miss_ttl, DAY, SECONDS(30)),
    [GW_SET_TOKEN_CACHE] = INT("GwTokenCacheEntries", token_cache_entries, 0, 1 << 24, 65536, 1),
    [GW_SET_PROPAGATION_TIMEOUT] = TIME("GwPropagationTimeout", propagation_timeout, SECONDS(60), SECONDS(5)),
    [GW_SET_REPLAY_BUFFER] = BYTES("GwReplayBuffer", replay_buffer, 0, 1 << 30, 65536, 0),
    [GW_SET_STORE_WAITERS] = INT("GwStoreWaiters", store_waiters, 1, 65536, 0, 1),
    [GW_SET_LEGACY_STATUS] = CHOICE("GwLegacyStatus", legacy_status, off_on, 0, 0),
    [GW_SET_KEY_AT_REST] = CHOICE("GwKeyAtRest", key_at_rest_hashed, rest_words, 0, 1),
    [GW_SET_HASH_THREADS] = INT("GwHashThreads", hash_threads, 1, 1024, 0, 1),
    [GW_SET_HOOK_THREADS] = INT("GwHookThreads", hook_threads, 1, 65536, 0, 1),
    [GW_SET_AMBIGUOUS_PATHS] = CHOICE("GwAmbiguousPaths", ambiguous_paths_allowed, path_words, 0, 0),
    [GW_SET_ADMIN_MAX_BODY] = BYTES("GwAdminMaxBody", admin_max_body, 1024, APR_INT64_C(1) << 32, 10485760, 0),
    [GW_SET_AUDIT_DAYS] = INT("GwAuditDays", audit_days, 0, 36500, 90, 1),
};

static const char *parse_choice(apr_int64_t *value, const gw_setting *setting, const char *text, apr_pool_t *p)
{
    const char *all = setting->words[0];
    int i;

    for (i = 0; setting->words[i]; i++) {
        if (strcasecmp(text, setting->words[i]) == 0) {
            *value = i;
            return NULL;
        }
        if (i > 0)
            all = apr_pstrcat(p, all, setting->words[i + 1] ? ", " : " or ", setting->words[i], NULL);
    }
    return apr_psprintf(p, "%s takes %s, not \"%s\"", setting->name, all, text);
}

static const char *parse_number(apr_int64_t *value, const gw_setting *setting, const char *text, apr_pool_t *p)
{
    char *end;
    apr_int64_t n = apr_strtoi64(text, &end, 10);

    if (*text == '\0' || *end || n < setting->min || n > setting->max)
        return apr_psprintf(p, "%s takes a whole number from %" APR_INT64_T_FMT " to %" APR_INT64_T_FMT ", not \"%s\"",
                            setting->name, setting->min, setting->max, text);
    *value = n;
    return NULL;
}

static const char *parse_time(apr_int64_t *value, const gw_setting *setting, const char *text, apr_pool_t *p)
{
    apr_interval_time_t t;

    if (ap_timeout_parameter_parse(text, &t, "s") != APR_SUCCESS || t < setting->min || t > setting->max)
        return apr_psprintf(p, "%s takes seconds from %d to %d (or a number with ms, s, min or h), not \"%s\"",
                            setting->name, (int)apr_time_sec(setting->min), (int)apr_time_sec(setting->max), text);
    *value = t;
    return NULL;
}

const char *gw_setting_parse(apr_int64_t *value, const gw_setting *setting, const char *text, apr_pool_t *p)
{
    if (setting->words)
        return parse_choice(value, setting, text, p);
    if (setting->kind == GW_SETTING_TIME)
        return parse_time(value, setting, text, p);
    return parse_number(value, setting, text, p);
}
