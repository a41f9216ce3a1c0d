/* SPDX-License-Identifier: Apache-2.0 */
/*
 * require.c - `Require gw-consumer [NAME...]`: a consumer that the gateway has authenticated, or one of these.
 * A name is a username, a custom_id or an id. The anonymous consumer passes only where it is named.
 */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_auth.h>

#include "hooks.h"
#include "request.h"

static int is_named(const gw_consumer *consumer, const char *names, apr_pool_t *p)
{
    const char *name;

    while (*(name = ap_getword_conf(p, &names)))
        if (strcmp(name, consumer->id) == 0 || (consumer->username && strcmp(name, consumer->username) == 0) ||
            (consumer->custom_id && strcmp(name, consumer->custom_id) == 0))
            return 1;
    return 0;
}

/* Asked twice: before authentication (then "no user" makes httpd authenticate) and after it. */
static authz_status check_consumer(request_rec *r, const char *names, const void *parsed)
{
    const gw_request *q = gw_request_get(r);
    const int is_any = *names == '\0';

    (void)parsed;
    if (q == NULL)
        return AUTHZ_DENIED;
    if (q->consumer == NULL || (is_any && q->is_anonymous))
        return AUTHZ_DENIED_NO_USER;
    return is_any || is_named(q->consumer, names, r->pool) ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

static const authz_provider consumer_provider = { check_consumer, NULL };

void gw_require_register(apr_pool_t *p)
{
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, "gw-consumer", AUTHZ_PROVIDER_VERSION, &consumer_provider,
                              AP_AUTH_INTERNAL_PER_URI);
}
