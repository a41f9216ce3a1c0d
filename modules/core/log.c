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
#include "mask.h"
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
    return apr_psprintf(r->pool, "%" APR_TIME_T_FMT, apr_time_as_msec(q->answered - q->sent));
}

static const char *value_proxy_ms(request_rec *r, const gw_request *q)
{
    if (q->sent < q->began || q->sent == 0)
        return NULL;
    return apr_psprintf(r->pool, "%" APR_TIME_T_FMT, apr_time_as_msec(q->sent - q->began));
}

static const char *value_tries(request_rec *r, const gw_request *q)
{
    return q->tries ? apr_itoa(r->pool, q->tries) : NULL;
}

static const struct {
    const char *name;
    log_value_fn *value;
} values[] = {
    { "request_id", value_request_id },   { "consumer", value_consumer }, { "credential", value_credential },
    { "route", value_route },             { "service", value_service },   { "tries", value_tries },
    { "upstream_ms", value_upstream_ms }, { "proxy_ms", value_proxy_ms },
};

/* An error page or an internal redirect is logged as the request that the client sent. */
static request_rec *client_request(request_rec *r)
{
    while (r->prev)
        r = r->prev;
    return r;
}

static const char *log_request(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return gw_mask_request_line(r->the_request ? r->the_request : "", q ? q->secret_query : NULL,
                                q ? q->nsecret_query : 0, r->pool);
}

static const char *log_value(request_rec *r, char *name)
{
    const char *value = NULL;
    const gw_request *q;
    size_t i;

    r = client_request(r);
    if (strcmp(name, "request") == 0)
        return ap_escape_logitem(r->pool, log_request(r));
    if (strcmp(name, "client") == 0)
        return gw_client_ip(r);
    if ((q = gw_request_get(r)) == NULL)
        return NULL;
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strcmp(name, values[i].name) == 0)
            value = values[i].value(r, q);
    return value ? ap_escape_logitem(r->pool, value) : NULL;
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
