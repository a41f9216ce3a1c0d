/* SPDX-License-Identifier: Apache-2.0 */
/* cors_schema.c - cors' field table; lists become the headers that they are sent as. */
#include "cors_schema.h"

#include <string.h>
#include <apr_strings.h>

#include "arena.h"

static const char *const methods[] = {
    "GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT", NULL
};

static int has_control(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return 1;
    return 0;
}

/* They go into headers. */
static const char *check_word(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    (void)field;
    (void)p;
    return has_control(json_string_value(value)) ? "must not contain control characters" : NULL;
}

static const char *check_origin(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *text = json_string_value(value);

    (void)field;
    if (strcmp(text, "*") == 0 || (!has_control(text) && gw_regex_check(text, p) == NULL))
        return NULL;
    return apr_psprintf(p, "'%s' is not a valid regex", text);
}

static const gw_field origin = { .type = GW_T_STRING, .check = check_origin };
static const gw_field method = { .type = GW_T_STRING, .one_of = methods };
static const gw_field header = { .type = GW_T_STRING, .check = check_word };

#define CONF(member) .at = GW_AT(gw_cors_conf, member)

static const gw_field fields[] = {
    { .name = "origins", .type = GW_T_ARRAY, .element = &origin, CONF(origins_given),
      .help = "origins that may read answers: literals, or regexes over the whole; none = all" },
    { .name = "headers", .type = GW_T_ARRAY, .element = &header, .flags = GW_COMMA_LIST, CONF(headers),
      .help = "request headers that may be sent; none = those that the client asks for" },
    { .name = "exposed_headers", .type = GW_T_ARRAY, .element = &header, .flags = GW_COMMA_LIST,
      CONF(exposed_headers), .help = "headers of answers that pages may read" },
    { .name = "methods", .type = GW_T_ARRAY, .element = &method, .flags = GW_COMMA_LIST,
      .dflt = "[\"GET\",\"HEAD\",\"PUT\",\"PATCH\",\"POST\",\"DELETE\",\"OPTIONS\",\"TRACE\",\"CONNECT\"]",
      CONF(methods), .help = "methods that may be used" },
    { .name = "max_age", .type = GW_T_NUMBER, GW_BETWEEN(0, 1e15), CONF(max_age),
      .set_at = GW_AT(gw_cors_conf, has_max_age),
      .help = "seconds for which browsers may remember the answer to a preflight" },
    { .name = "credentials", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(credentials),
      .help = "requests may carry cookies and credentials" },
    { .name = "preflight_continue", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false",
      CONF(preflight_continue), .help = "let the upstream answer preflights" },
    { .name = NULL }
};

const gw_schema gw_cors_conf_schema = {
    .name = "cors", .fields = fields, .help = "which pages of other origins may use this"
};

/* "a,b", or NULL for an empty list. */
static const char *join(const gw_strings *list, gw_arena *arena, apr_pool_t *p)
{
    const char *text = list->n > 0 ? list->v[0] : NULL;

    for (int i = 1; i < list->n; i++)
        text = apr_pstrcat(p, text, ",", list->v[i], NULL);
    return text != NULL ? gw_arena_strdup(arena, text) : NULL;
}

static const char *format_seconds(double seconds, apr_pool_t *p)
{
    if (seconds == (double)(apr_int64_t)seconds)
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)seconds);
    return apr_psprintf(p, "%.3f", seconds);
}

const char *gw_cors_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_cors_conf *conf = vconf;

    conf->origins = gw_cors_origins_make(&conf->origins_given, arena);
    conf->allow_methods = join(&conf->methods, arena, ptemp);
    conf->allow_headers = join(&conf->headers, arena, ptemp);
    conf->expose_headers = join(&conf->exposed_headers, arena, ptemp);
    if (conf->has_max_age)
        conf->max_age_text = gw_arena_strdup(arena, format_seconds(conf->max_age, ptemp));
    return NULL;
}

void gw_cors_conf_destroy(void *vconf)
{
    gw_cors_conf *conf = vconf;

    if (conf->origins != NULL)
        gw_cors_origins_free(conf->origins);
}
