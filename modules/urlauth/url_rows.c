/* SPDX-License-Identifier: Apache-2.0 */
/* url_rows.c - see url_rows.h. */
#include "url_rows.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "cache.h"
#include "mod_gw.h"
#include "text.h"

#define QUERY_TTL_S 5
#define CACHE_BYTES (4 * 1024 * 1024)
#define ENTRY_BYTES 64

const gw_entity gw_login_user_entity = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "login_user",
    .path = "/login_user",
    .endpoint_key = "phone",
    .owner = "urlauth",
    .schema = &gw_login_user_schema,
    .placement = GW_CACHED,
    .lookup = "phone",
    .conf_size = sizeof(gw_login_user),
};

const gw_entity gw_api_mgr_entity = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "api_mgr",
    .path = "/api_mgr",
    .endpoint_key = "sign",
    .owner = "urlauth",
    .schema = &gw_api_mgr_schema,
    .placement = GW_CACHED,
    .lookup = "sign",
    .conf_size = sizeof(gw_api_level),
};

const char gw_url_api_query, gw_url_user_query;

static struct {
    const char *api, *user; /* NULL = our own tables */
    int ttl_s;
} queries; /* while the configuration is read */

static gw_cache *answers; /* of the user's own queries; child_init. NULL: they are asked each time */

void gw_url_rows_reset(void)
{
    memset(&queries, 0, sizeof(queries));
    queries.ttl_s = QUERY_TTL_S;
}

const char *gw_url_rows_set_query(cmd_parms *cmd, void *dummy, const char *sql)
{
    const char *err = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dummy;
    if (err != NULL)
        return err;
    if (strstr(sql, "$1") == NULL)
        return apr_psprintf(cmd->pool, "%s: the query must use $1, for example "
                            " SELECT level FROM users WHERE phone = $1", cmd->cmd->name);
    *(cmd->info == &gw_url_api_query ? &queries.api : &queries.user) = sql;
    return NULL;
}

const char *gw_url_rows_set_ttl(cmd_parms *cmd, void *dummy, const char *text)
{
    const char *err = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    char *end;
    long seconds = strtol(text, &end, 10);

    (void)dummy;
    if (err != NULL)
        return err;
    if (*text == '\0' || *end != '\0' || seconds < 0 || seconds > 86400)
        return "GwUrlAuthQueryTTL must be a number of seconds, 0 to 86400";
    queries.ttl_s = (int)seconds;
    return NULL;
}

/* Levels are their own values: nothing is allocated for them, and nothing counted. */
static void *level_as_value(apr_int64_t level)
{
    return (void *)(apr_uintptr_t)(apr_uint64_t)(level + 1);
}

void gw_url_rows_child_init(apr_pool_t *p)
{
    gw_cache_options options = {
        .max_bytes = CACHE_BYTES,
        .max_misses = 10000,
        .ttl = apr_time_from_sec(queries.ttl_s),
        .miss_ttl = apr_time_from_sec(queries.ttl_s),
    };

    answers = NULL;
    if (queries.ttl_s > 0 && (queries.api != NULL || queries.user != NULL))
        answers = gw_cache_make(&options, p);
}

/* The first column of the first row; what is no number counts as 0. */
static apr_status_t run_query(apr_int64_t *level, request_rec *r, const char *sql, const char *key)
{
    const gw_sql both = { sql, sql };
    const char *text;
    json_t *rows;
    apr_status_t rv = gw_sql_run(&rows, r, &both, &key, 1);

    if (rv != APR_SUCCESS)
        return rv;
    if (json_array_size(rows) == 0) {
        rv = APR_NOTFOUND;
    } else {
        text = json_string_value(json_array_get(json_array_get(rows, 0), 0));
        *level = text != NULL ? apr_atoi64(text) : 0;
        if (*level < 0 || *level > APR_INT32_MAX)
            *level = *level < 0 ? 0 : APR_INT32_MAX;
    }
    json_decref(rows);
    return rv;
}

/* `kind` keeps the answers of the two queries apart. */
static apr_status_t ask(apr_int64_t *level, request_rec *r, char kind, const char *sql, const char *key)
{
    const char *cache_key = apr_psprintf(r->pool, "%c%s", kind, key);
    apr_uint64_t ticket = 0;
    apr_status_t rv = APR_INCOMPLETE;
    void *value;

    if (!gw_utf8_is_valid(key, strlen(key)))
        return APR_NOTFOUND; /* no text of a database; asking for it would be an error there */
    if (answers != NULL)
        rv = gw_cache_get(&value, &ticket, answers, cache_key, strlen(cache_key), apr_time_now());
    if (rv == APR_SUCCESS)
        *level = (apr_int64_t)(apr_uintptr_t)value - 1;
    if (rv != APR_INCOMPLETE)
        return rv;
    rv = run_query(level, r, sql, key);
    if (answers != NULL && (rv == APR_SUCCESS || rv == APR_NOTFOUND))
        gw_cache_put(answers, cache_key, strlen(cache_key), NULL, rv == APR_SUCCESS ? level_as_value(*level) : NULL,
                     rv == APR_SUCCESS ? ENTRY_BYTES : 0, ticket, apr_time_now());
    return rv;
}

apr_status_t gw_url_api_level(apr_int64_t *level, request_rec *r, const char *sign)
{
    const gw_credential *row;
    apr_status_t rv;

    if (queries.api != NULL)
        return ask(level, r, 'a', queries.api, sign);
    if ((rv = gw_credential_find(&row, r, &gw_api_mgr_entity, sign)) == APR_SUCCESS)
        *level = ((const gw_api_level *)row->conf)->auth_level;
    return rv;
}

apr_status_t gw_url_user_level(apr_int64_t *level, request_rec *r, const char *phone)
{
    const gw_credential *row;
    apr_status_t rv;

    if (queries.user != NULL)
        return ask(level, r, 'u', queries.user, phone);
    if ((rv = gw_credential_find(&row, r, &gw_login_user_entity, phone)) == APR_SUCCESS)
        *level = ((const gw_login_user *)row->conf)->level;
    return rv;
}
