/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - values for LogFormat: %{NAME}^gw. Computed only where a format asks for them.
 *
 * Names: request (the request line, credentials in its query masked), request_id, consumer, credential, route, service,
 * client, upstream_ms, proxy_ms, tries. "-" where there is none.
 */
#include <httpd.h>
#include <apr_strings.h>
#include <http_log.h>
#include <mod_log_config.h>

#include "auth.h"
#include "hooks.h"
#include "log_text.h"
#include "request.h"

typedef const char *log_value_fn(request_rec *r, const gw_request *q);

static const char *id_or_name(const char *name, const char *id)
{
    return name ? name : id;
}

static const char *value_consumer(request_rec *r, const gw_request *q)
{
    (void)r;
    return q->consumer ? gw_consumer_display(q->consumer) : NULL;
}

/* Its row's id: never what it is looked up by. */
static const char *value_credential(request_rec *r, const gw_request *q)
{
    (void)r;
    return q->credential ? q->credential->id : NULL;
}

static const char *value_route(request_rec *r, const gw_request *q)
{
    (void)r;
    return q->route ? id_or_name(q->route->name, q->route->id) : NULL;
}

static const char *value_service(request_rec *r, const gw_request *q)
{
    (void)r;
    return q->service ? id_or_name(q->service->name, q->service->id) : q->static_service;
}

static const char *value_request_id(request_rec *r, const gw_request *q)
{
    (void)r;
    return q->id;
}

static const char *value_upstream_ms(request_rec *r, const gw_request *q)
{
    if (q->sent == 0 || q->answered < q->sent)
        return NULL;
    return apr_ltoa(r->pool, (long)apr_time_as_msec(q->answered - q->sent));
}

static const char *value_proxy_ms(request_rec *r, const gw_request *q)
{
    if (q->sent < q->began || q->sent == 0)
        return NULL;
    return apr_ltoa(r->pool, (long)apr_time_as_msec(q->sent - q->began));
}

static const char *value_tries(request_rec *r, const gw_request *q)
{
    return q->tries ? apr_itoa(r->pool, q->tries) : NULL;
}

/* The request line with another path: "GET /key-auths/k?a=b HTTP/1.1". */
static const char *with_path(const char *line, const char *path, apr_pool_t *p)
{
    const char *target = strchr(line, ' ');

    if (target == NULL)
        return line;
    target++;
    return apr_pstrcat(p, apr_pstrmemdup(p, line, (apr_size_t)(target - line)), path,
                       target + strcspn(target, "? "), NULL);
}

static const char *value_request(request_rec *r, const gw_request *q)
{
    const char *line = r->the_request ? r->the_request : "", *path = apr_table_get(r->notes, GW_NOTE_LOG_PATH);

    if (path)
        line = with_path(line, path, r->pool);
    (void)q;
    return gw_request_masked(r, line);
}

static const char *value_client(request_rec *r, const gw_request *q)
{
    (void)q;
    return gw_client_ip(r);
}

enum { OF_ANY = 1 << 0, /* of requests that are not the gateway's, too */
       IS_TEXT = 1 << 1 /* may hold what must be escaped */ };

static const struct {
    const char *name;
    log_value_fn *value;
    unsigned flags;
} values[] = {
    { "request", value_request, OF_ANY | IS_TEXT },
    { "request_id", value_request_id, 0 },
    { "client", value_client, OF_ANY },
    { "consumer", value_consumer, IS_TEXT },
    { "credential", value_credential, IS_TEXT },
    { "route", value_route, IS_TEXT },
    { "service", value_service, IS_TEXT },
    { "tries", value_tries, 0 },
    { "upstream_ms", value_upstream_ms, 0 },
    { "proxy_ms", value_proxy_ms, 0 },
};

/* An error page or an internal redirect is logged as the request that the client sent. */
static request_rec *client_request(request_rec *r)
{
    while (r->prev)
        r = r->prev;
    return r;
}

static const char *log_value(request_rec *r, char *name)
{
    const char *value;
    const gw_request *q;
    size_t i;

    r = client_request(r);
    q = gw_request_get(r);
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        /* A line has eight values: the first letters save 900 instructions. */
        if (name[0] != values[i].name[0] || strcmp(name, values[i].name) != 0)
            continue;
        value = q || (values[i].flags & OF_ANY) ? values[i].value(r, q) : NULL;
        return value && (values[i].flags & IS_TEXT) ? gw_log_text(value, r->pool) : value;
    }
    return NULL;
}

/* After mod_log_config's own, before the configuration is read. */
static int hook_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    static char tag[] = "^gw";
    APR_OPTIONAL_FN_TYPE(ap_register_log_handler) *add = APR_RETRIEVE_OPTIONAL_FN(ap_register_log_handler);

    (void)plog;
    (void)ptemp;
    if (add)
        add(pconf, tag, log_value, 1);
    return OK;
}

void gw_log_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_pre_config(hook_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
}
