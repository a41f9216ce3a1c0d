/* SPDX-License-Identifier: Apache-2.0 */
/* middleman_schema.c - middleman's field table, and which headers no hook may speak of. */
#include "middleman_schema.h"

#include <string.h>
#include <strings.h>

#include "arena.h"

static const char *const responses[] = { "table", "string", NULL };
static const char *const reactions[] = { "deny", "allow", NULL };

/* Headers that say how a message ends or a connection goes on belong to the connection that they came on. */
static const char *const framing[] = {
    "Connection", "Content-Encoding", "Content-Length", "Date", "Host", "Keep-Alive", "Proxy-Connection", "TE",
    "Trailer", "Transfer-Encoding", "Upgrade"
};

static const char *check_passed_header(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *err = gw_check_header_name(value, field, p);

    for (size_t i = 0; err == NULL && i < sizeof(framing) / sizeof(framing[0]); i++)
        if (strcasecmp(json_string_value(value), framing[i]) == 0)
            return "cannot be taken from the hook: it belongs to its connection";
    return err;
}

static const gw_field header_name = { .name = "header", .type = GW_T_STRING, .check = gw_check_header_name };
static const gw_field passed_header = { .name = "header", .type = GW_T_STRING, .check = check_passed_header };

#define CONF(member) .at = GW_AT(gw_middleman_conf, member)
#define MAX_MS GW_BETWEEN(0, 2147483646)
#define MAX_TTL GW_BETWEEN(0, 31536000)

static const gw_field fields[] = {
    { .name = "url", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = gw_check_url, CONF(url),
      .help = "the hook: it is asked by POST before a request goes on" },
    { .name = "response", .type = GW_T_STRING, .flags = GW_REQUIRED, .dflt = "\"table\"", .one_of = responses,
      CONF(response), .help = "what a refused client gets: the hook's JSON object, or its text as a message" },
    { .name = "timeout", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "10000", GW_BETWEEN(1, 2147483646),
      CONF(timeout), .help = "milliseconds for the whole question" },
    { .name = "keepalive", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "60000", MAX_MS, CONF(keepalive),
      .help = "milliseconds that an idle connection to the hook is kept; 0 = none is" },
    { .name = "on_error", .type = GW_T_STRING, .flags = GW_REQUIRED, .dflt = "\"deny\"", .one_of = reactions,
      CONF(on_error), .help = "what happens when the hook gives no answer" },
    { .name = "run_on_preflight", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(run_on_preflight),
      .help = "ask for OPTIONS requests too" },
    { .name = "tls_verify", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true", CONF(tls_verify),
      .help = "check the hook's certificate" },
    { .name = "max_body", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "65536", GW_BETWEEN(0, 16777216),
      CONF(max_body), .help = "bytes of a request body that are sent to the hook; longer ones are not" },
    { .name = "send_headers", .type = GW_T_SET, .element = &header_name, .flags = GW_COMMA_LIST, CONF(send_headers),
      .help = "request headers that the hook sees; null = all" },
    { .name = "cache_ttl", .type = GW_T_NUMBER, .flags = GW_REQUIRED, .dflt = "0", MAX_TTL, CONF(cache_ttl),
      .help = "seconds for which a yes is remembered" },
    { .name = "cache_negative_ttl", .type = GW_T_NUMBER, .flags = GW_REQUIRED, .dflt = "0", MAX_TTL,
      CONF(cache_negative_ttl), .help = "seconds for which a no is remembered" },
    { .name = "cache_stale_ttl", .type = GW_T_NUMBER, .flags = GW_REQUIRED, .dflt = "0", MAX_TTL,
      CONF(cache_stale_ttl), .help = "seconds longer for which it counts while the hook is down" },
    { .name = "upstream_headers", .type = GW_T_SET, .element = &passed_header, .flags = GW_COMMA_LIST,
      CONF(upstream_headers), .help = "headers of a yes that the upstream gets" },
    { .name = "client_headers", .type = GW_T_SET, .element = &passed_header, .flags = GW_COMMA_LIST,
      .dflt = "[\"WWW-Authenticate\"]", CONF(client_headers), .help = "headers of a no that the client gets" },
    { .name = "breaker_failures", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "5", GW_BETWEEN(0, 1000000),
      CONF(breaker_limits.failures), .help = "failures in a row after which the hook is left alone; 0 = never" },
    { .name = "breaker_reset", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "5000", GW_BETWEEN(1, 86400000),
      CONF(breaker_limits.reset_ms), .help = "milliseconds after which it is tried again, by one request" },
    { .name = NULL }
};

const gw_schema gw_middleman_conf_schema = {
    .name = "middleman", .fields = fields, .help = "asks a service of yours before a request goes on"
};

/* FNV-1a over the text up to the path. */
static apr_uint64_t hash_origin(const char *url)
{
    const char *host = strstr(url, "://");
    const apr_size_t len = host != NULL ? (apr_size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : strlen(url);
    apr_uint64_t hash = APR_UINT64_C(14695981039346656037);

    for (apr_size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)url[i]) * APR_UINT64_C(1099511628211);
    return hash;
}

const char *gw_middleman_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    static apr_uint64_t serials; /* atomic */
    gw_middleman_conf *conf = vconf;

    (void)ptemp;
    conf->lets_pass_on_error = strcmp(conf->on_error, "allow") == 0;
    conf->wraps_text = strcmp(conf->response, "string") == 0;
    conf->origin = hash_origin(conf->url);
    conf->serial = __atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED);
    conf->breaker = gw_breaker_make(arena);
    return NULL;
}
