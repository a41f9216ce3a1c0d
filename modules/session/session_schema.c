/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_schema.c - the field tables of session, under both sets of names: what the plugin's first version called
 * its parameters is taken as well, and shown by the present names.
 */
#include "session_schema.h"

#include <string.h>
#include <apr_strings.h>

#include "arena.h"
#include "text.h"

#define SECRET_CHARS 44
#define MAX_S 3153600000.0 /* a hundred years */
#define LONG_S 34560000    /* 400 days: what browsers make of "for ever" */

const char *const gw_session_header_names[GW_SESSION_NTOLD] = {
    "Session-Id", "Session-Audience", "Session-Subject", "Session-Timeout", "Session-Idling-Timeout",
    "Session-Rolling-Timeout", "Session-Absolute-Timeout",
};

static const char *const storages[] = { "cookie", "kong", NULL };
static const char *const same_sites[] = { "Strict", "Lax", "None", "Default", NULL };
static const char *const old_same_sites[] = { "Strict", "Lax", "None", "off", NULL };
static const char *const methods[] = { "GET", "POST", "DELETE", NULL };
static const char *const told[] = {
    "id", "audience", "subject", "timeout", "idling-timeout", "rolling-timeout", "absolute-timeout", NULL
};
static const gw_field method_element = { .type = GW_T_STRING, .one_of = methods };
static const gw_field told_element = { .type = GW_T_STRING, .one_of = told };

static json_t *make_secret(apr_time_t now)
{
    char text[SECRET_CHARS + 1];

    (void)now;
    gw_random_alnum(text, SECRET_CHARS);
    return json_string(text);
}

/* An attribute of Set-Cookie: it must not end, or begin another one. */
static const char *check_attribute(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *text = json_string_value(value);

    (void)field, (void)p;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == ';' || *text == ',')
            return "must be printable ASCII without blanks, semicolons and commas";
    return NULL;
}

static const char *check_cookie_path(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    return json_string_value(value)[0] != '/' ? "must start with: /" : check_attribute(value, field, p);
}

#define CONF(member) .at = GW_AT(gw_session_conf, member)
#define SECONDS GW_BETWEEN(0, MAX_S)
#define NUMBER .type = GW_T_NUMBER, .flags = GW_REQUIRED, SECONDS
#define BOOLEAN .type = GW_T_BOOLEAN, .flags = GW_REQUIRED
#define STRING .type = GW_T_STRING, .flags = GW_REQUIRED

static const gw_field conf_fields[] = {
    { .name = "secret", .type = GW_T_STRING, .flags = GW_AUTO | GW_SECRET, .generate = make_secret, CONF(secret),
      .help = "what cookies and rows are sealed with; made once when none is given" },
    { .name = "storage", STRING, .dflt = "\"cookie\"", .one_of = storages, CONF(storage),
      .help = "where a session's data is: in its cookie (cookie) or in a row of the database (kong)" },
    { .name = "audience", STRING, .dflt = "\"default\"", CONF(audience),
      .help = "sessions of one audience are none of another's, under the same secret too" },
    { .name = "idling_timeout", NUMBER, .dflt = "900", CONF(idling_timeout),
      .help = "seconds without a request until a session ends; 0 = none" },
    { .name = "rolling_timeout", NUMBER, .dflt = "3600", CONF(rolling_timeout),
      .help = "seconds that a session lives from login or renewal on; 0 = no end" },
    { .name = "absolute_timeout", NUMBER, .dflt = "86400", CONF(absolute_timeout),
      .help = "seconds from login on after which no renewal helps; 0 = none" },
    { .name = "stale_ttl", NUMBER, .dflt = "10", CONF(stale_ttl),
      .help = "seconds that the cookie from before a renewal stays good (storage=kong)" },
    { .name = "cookie_renew", .type = GW_T_NUMBER, SECONDS, CONF(cookie_renew),
      .set_at = GW_AT(gw_session_conf, has_cookie_renew),
      .help = "renew when less than these seconds remain, and not again within stale_ttl; none = when a quarter of "
              "rolling_timeout remains" },
    { .name = "cookie_name", STRING, .dflt = "\"session\"", .check = gw_check_header_name, CONF(cookie_name),
      .help = "name of the cookie" },
    { .name = "cookie_path", STRING, .dflt = "\"/\"", .check = check_cookie_path, CONF(cookie_path),
      .help = "Path of the cookie" },
    { .name = "cookie_domain", .type = GW_T_STRING, .check = check_attribute, CONF(cookie_domain),
      .help = "Domain of the cookie; none = only the host that set it" },
    { .name = "cookie_same_site", STRING, .dflt = "\"Strict\"", .one_of = same_sites, CONF(cookie_same_site),
      .help = "SameSite of the cookie; Default leaves it to the browser" },
    { .name = "cookie_http_only", BOOLEAN, .dflt = "true", CONF(cookie_http_only),
      .help = "keep the cookie from scripts" },
    { .name = "cookie_secure", BOOLEAN, .dflt = "true", CONF(cookie_secure), .help = "send the cookie by https only" },
    { .name = "remember", BOOLEAN, .dflt = "false", CONF(remember),
      .help = "a second cookie, which outlives the browser, opens a session again" },
    { .name = "remember_cookie_name", STRING, .dflt = "\"remember\"", .check = gw_check_header_name,
      CONF(remember_cookie_name), .help = "name of that cookie" },
    { .name = "remember_rolling_timeout", NUMBER, .dflt = "604800", CONF(remember_rolling_timeout),
      .help = "seconds that it lives from login or renewal on; 0 = no end" },
    { .name = "remember_absolute_timeout", NUMBER, .dflt = "2592000", CONF(remember_absolute_timeout),
      .help = "seconds from login on after which it is of no use; 0 = none" },
    { .name = "response_headers", .type = GW_T_SET, .element = &told_element, .flags = GW_COMMA_LIST,
      CONF(response_headers), .help = "what clients are told of their session, as Session-... headers" },
    { .name = "request_headers", .type = GW_T_SET, .element = &told_element, .flags = GW_COMMA_LIST,
      CONF(request_headers), .help = "what the upstream is told of it" },
    { .name = "logout_methods", .type = GW_T_SET, .element = &method_element, .flags = GW_COMMA_LIST,
      .dflt = "[\"POST\",\"DELETE\"]", CONF(logout_methods), .help = "methods that may end a session" },
    { .name = "logout_query_arg", .type = GW_T_STRING, .dflt = "\"session_logout\"", CONF(logout_query_arg),
      .help = "query argument that ends a session, whatever its value" },
    { .name = "logout_post_arg", .type = GW_T_STRING, .dflt = "\"session_logout\"", CONF(logout_post_arg),
      .help = "field of a form, multipart or JSON body that does" },
    { .name = NULL }
};

/* ---- names of the first version ---- */

static const char *expand_idletime(json_t *entity, const json_t *value, apr_pool_t *p)
{
    (void)p;
    if (json_is_null(value))
        json_object_set_new(entity, "idling_timeout", json_integer(0));
    else
        json_object_set(entity, "idling_timeout", (json_t *)value);
    return NULL;
}

static const char *expand_same_site(json_t *entity, const json_t *value, apr_pool_t *p)
{
    const char *text = json_string_value(value);

    (void)p;
    if (text != NULL)
        json_object_set_new(entity, "cookie_same_site", json_string(strcmp(text, "off") == 0 ? "Lax" : text));
    return NULL;
}

static const char *take_number(json_t *entity, const json_t *value, const char *name)
{
    if (!json_is_null(value))
        json_object_set(entity, name, (json_t *)value);
    return NULL;
}

static const char *expand_lifetime(json_t *entity, const json_t *value, apr_pool_t *p)
{
    (void)p;
    return take_number(entity, value, "rolling_timeout");
}

static const char *expand_discard(json_t *entity, const json_t *value, apr_pool_t *p)
{
    (void)p;
    return take_number(entity, value, "stale_ttl");
}

static const gw_shorthand conf_shorthands[] = {
    { .field = { .name = "cookie_lifetime", .type = GW_T_NUMBER, SECONDS, .help = "old name of rolling_timeout" },
      .expand = expand_lifetime },
    { .field = { .name = "cookie_idletime", .type = GW_T_NUMBER, SECONDS,
                 .help = "old name of idling_timeout; null = none" },
      .expand = expand_idletime },
    { .field = { .name = "cookie_discard", .type = GW_T_NUMBER, SECONDS, .help = "old name of stale_ttl" },
      .expand = expand_discard },
    { .field = { .name = "cookie_samesite", .type = GW_T_STRING, .one_of = old_same_sites,
                 .help = "old name of cookie_same_site; off = Lax" },
      .expand = expand_same_site },
    { .field = { .name = "cookie_httponly", .type = GW_T_BOOLEAN, .help = "old name of cookie_http_only" },
      .target = "cookie_http_only" },
    { .field = { .name = "cookie_persistent", .type = GW_T_BOOLEAN, .help = "old name of remember" },
      .target = "remember" },
    { .field = { .name = NULL } }
};

const gw_schema gw_session_conf_schema = {
    .name = "session", .fields = conf_fields, .shorthands = conf_shorthands,
    .help = "who has authenticated once is known by a cookie afterwards"
};

/* ---- rows ---- */

#define ROW(member) .at = GW_AT(gw_session_row, member)

static const gw_field row_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_LOOSE,
      .help = "who logged in; for lists alone: requests believe what is sealed" },
    { .name = "session_id", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_UNIQUE | GW_INTERNAL,
      .help = "digest of the session's id" },
    { .name = "data", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_INTERNAL, ROW(data),
      .help = "whose it is, sealed" },
    { .name = "renewals", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "0", ROW(renewals),
      .help = "how often it was renewed" },
    { .name = "renewed_ms", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "0", ROW(renewed_ms),
      .help = "when it was renewed last, milliseconds" },
    { .name = "ttl", .type = GW_T_INTEGER, .help = "seconds that remain" },
    { .name = NULL }
};

const gw_schema gw_session_row_schema = { .name = "sessions", .fields = row_fields, .help = "sessions, storage=kong" };

/* ---- compiled ---- */

static apr_interval_time_t interval(double seconds)
{
    return (apr_interval_time_t)(seconds * APR_USEC_PER_SEC);
}

static const char *make_attributes(const gw_session_conf *conf, apr_pool_t *p)
{
    const char *same_site = strcmp(conf->cookie_same_site, "Default") == 0 ? NULL : conf->cookie_same_site;

    return apr_pstrcat(p, conf->cookie_domain ? "; Domain=" : "", conf->cookie_domain ? conf->cookie_domain : "",
                       "; Path=", conf->cookie_path, same_site ? "; SameSite=" : "", same_site ? same_site : "",
                       conf->cookie_secure ? "; Secure" : "", conf->cookie_http_only ? "; HttpOnly" : "", NULL);
}

static unsigned bits_of(const gw_strings *names)
{
    unsigned bits = 0;
    int i, k;

    for (i = 0; i < names->n; i++)
        for (k = 0; told[k] != NULL; k++)
            if (strcmp(told[k], names->v[i]) == 0)
                bits |= 1u << k;
    return bits;
}

/* A session that lives hardly longer than the grace must still be renewed in time. */
static apr_interval_time_t rest_of(const gw_session_conf *conf)
{
    return interval(conf->stale_ttl < conf->rolling_timeout / 2 ? conf->stale_ttl : conf->rolling_timeout / 2);
}

const char *gw_session_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_session_conf *conf = vconf;
    double lasting = conf->remember_rolling_timeout;

    if (conf->remember && strcmp(conf->cookie_name, conf->remember_cookie_name) == 0)
        return "remember_cookie_name: must differ from cookie_name";
    gw_session_keys_make(&conf->keys, conf->secret, conf->audience);
    conf->limits = (gw_session_limits){ .rolling = interval(conf->rolling_timeout),
                                        .idling = interval(conf->idling_timeout),
                                        .absolute = interval(conf->absolute_timeout),
                                        .renew = conf->has_cookie_renew ? interval(conf->cookie_renew) : -1,
                                        .rest = rest_of(conf) };
    conf->remember_limits = (gw_session_limits){ .rolling = interval(conf->remember_rolling_timeout),
                                                 .absolute = interval(conf->remember_absolute_timeout), .renew = -1 };
    conf->grace = interval(conf->stale_ttl);
    if (lasting == 0)
        lasting = conf->remember_absolute_timeout > 0 ? conf->remember_absolute_timeout : LONG_S;
    conf->remember_for_s = lasting >= 1 ? (apr_int64_t)lasting : 1;
    conf->attributes = gw_arena_strdup(arena, make_attributes(conf, ptemp));
    conf->is_in_cookie = strcmp(conf->storage, "cookie") == 0;
    conf->response_told = bits_of(&conf->response_headers);
    conf->request_told = bits_of(&conf->request_headers);
    return NULL;
}

int gw_session_is_logout_method(const gw_session_conf *conf, const char *method)
{
    int i;

    for (i = 0; i < conf->logout_methods.n; i++)
        if (strcmp(conf->logout_methods.v[i], method) == 0)
            return 1;
    return 0;
}
