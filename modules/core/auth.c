/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.c - who asks: what plugins report, and how that stands in httpd's authn and authz phases.
 *
 * Plugins hook check_authn and authz themselves and answer refusals at once; core forces those phases where they are
 * needed, decides after the last plugin and before mod_auth_basic, and refuses in fixups what skipped a phase that had
 * to run (Satisfy Any, a foreign module's early OK).
 */
#include "auth.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>

#include "coherence.h"
#include "hooks.h"
#include "reply.h"
#include "request.h"
#include "text.h"
#include "trace.h"

APLOG_USE_MODULE(gw);

#define OPENER GW_ORDER(1000000)

/* ---- what plugins report ---- */

int gw_is_settled(request_rec *r, const char *anonymous)
{
    const gw_request *q = gw_request_get(r);
    const int is_settled = q && q->credential && anonymous && *anonymous;

    if (is_settled && q->trace)
        gw_explain(r, "somebody has authenticated already, and the plugin has an anonymous consumer");
    return is_settled;
}

int gw_unavailable(request_rec *r)
{
    return gw_reply_exit(r, HTTP_SERVICE_UNAVAILABLE, "Service unavailable");
}

static int refuse_unusable(request_rec *r, const gw_request *q, const gw_consumer *consumer)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  GWLOGNO(1013) "auth: refused: a plugin of consumer %s cannot be run (route=%s): /status names it",
                  consumer->id, q->route ? q->route->id : "-");
    return gw_reply_exit(r, HTTP_INTERNAL_SERVER_ERROR, NULL);
}

static const char *tell_who(request_rec *r, const gw_request *q)
{
    const char *who = q->consumer ? gw_consumer_display(q->consumer) : "nobody's";

    return apr_psprintf(r->pool, "%s, by credential %s%s%s", who, q->credential->id,
                        q->credential->entity ? " of " : "", q->credential->entity ? q->credential->entity->name : "");
}

int gw_authenticated(request_rec *r, const gw_credential *credential, const char *identifier, const gw_answer *gone)
{
    gw_request *q = gw_request_get(r);
    const gw_consumer *consumer = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (q == NULL)
        return DECLINED;
    if (credential->consumer_id)
        rv = gw_lookup_consumer(&consumer, r, credential->consumer_id);
    if (APR_STATUS_IS_NOTFOUND(rv)) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(1010) "auth: credential %s: its consumer %s is gone",
                      credential->id, credential->consumer_id);
        return gone ? gw_reply(r, gone) : gw_reply_exit(r, HTTP_INTERNAL_SERVER_ERROR, NULL);
    }
    if (rv != APR_SUCCESS)
        return gw_unavailable(r);
    if (consumer && gw_consumer_is_unusable(consumer, q->route, q->service))
        return refuse_unusable(r, q, consumer);
    q->consumer = consumer;
    q->credential = credential;
    q->credential_identifier = identifier;
    q->is_anonymous = 0;
    if (q->trace)
        gw_trace_verdict(q->trace, "authenticated", tell_who(r, q));
    return DECLINED;
}

static apr_status_t find_anonymous(const gw_consumer **consumer, request_rec *r, const char *anonymous)
{
    apr_status_t rv = APR_NOTFOUND;

    if (gw_uuid_is(anonymous))
        rv = gw_lookup_consumer(consumer, r, anonymous);
    return APR_STATUS_IS_NOTFOUND(rv) ? gw_lookup_consumer_by_username(consumer, r, anonymous) : rv;
}

/* `answer`: what would have been said. */
static int become_anonymous(request_rec *r, gw_request *q, const char *anonymous, const gw_answer *answer)
{
    const gw_consumer *consumer = NULL;
    apr_status_t rv = find_anonymous(&consumer, r, anonymous);

    if (APR_STATUS_IS_NOTFOUND(rv)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      GWLOGNO(1011) "auth: there is no consumer %s, which a plugin names as anonymous (route=%s): "
                      "make it or change the plugin", anonymous, q->route ? q->route->id : "-");
        return gw_reply_exit(r, HTTP_INTERNAL_SERVER_ERROR, NULL);
    }
    if (rv != APR_SUCCESS)
        return gw_unavailable(r);
    if (gw_consumer_is_unusable(consumer, q->route, q->service))
        return refuse_unusable(r, q, consumer);
    q->consumer = consumer;
    q->credential = NULL;
    q->credential_identifier = NULL;
    q->is_anonymous = 1;
    if (q->trace)
        gw_trace_verdict(q->trace, "anonymous",
                         apr_psprintf(r->pool, "fell back to %s because of: %s", gw_consumer_display(consumer),
                                      answer->text ? answer->text : "no credentials"));
    return DECLINED;
}

int gw_refuse(request_rec *r, const char *anonymous, const gw_answer *answer, const char *challenge)
{
    gw_request *q = gw_request_get(r);

    if (q && anonymous && *anonymous)
        return become_anonymous(r, q, anonymous, answer);
    if (challenge)
        apr_table_addn(r->err_headers_out, "WWW-Authenticate", challenge);
    return gw_reply(r, answer);
}

apr_status_t gw_credential_find(const gw_credential **credential, request_rec *r, const gw_entity *entity,
                                const char *key)
{
    return gw_lookup_credential(credential, r, entity, key);
}

apr_status_t gw_credential_find_by_id(const gw_credential **credential, request_rec *r, const char *entity_name,
                                      const char *id)
{
    const gw_entity *entity = gw_registry_find(entity_name);

    if (entity == NULL || entity->placement != GW_CACHED)
        return APR_NOTFOUND;
    return gw_lookup_credential_by_id(credential, r, entity, id);
}

apr_status_t gw_consumer_find(const gw_consumer **consumer, request_rec *r, const char *id)
{
    return gw_lookup_consumer(consumer, r, id);
}

const char *gw_consumer_display(const gw_consumer *consumer)
{
    return consumer->username ? consumer->username : consumer->custom_id ? consumer->custom_id : consumer->id;
}

/* ---- httpd's phases ---- */

/* Without an authn plugin httpd's own authentication (AuthType) decides. */
static int is_decided_by_httpd(request_rec *r, const gw_request *q)
{
    return !(q->phases & GW_PHASE_AUTHN) && ap_auth_type(r) != NULL;
}

/* Where mod_authz_core sees nothing to require, it would skip the phases that our plugins stand in. */
static int hook_force_authn(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && (q->phases & (GW_PHASE_AUTHN | GW_PHASE_AUTHZ)) ? OK : DECLINED;
}

/* After the last of our plugins: those had their say, and who failed has answered. */
static int hook_decide(request_rec *r)
{
    gw_request *q = gw_request_get(r);

    if (q == NULL || is_decided_by_httpd(r, q))
        return DECLINED;
    q->is_decided = 1;
    /* Never NULL: httpd takes that for a bug of an authn module. */
    r->user = q->consumer && !q->is_anonymous ? apr_pstrdup(r->pool, gw_consumer_display(q->consumer)) : "";
    r->ap_auth_type = apr_pstrdup(r->pool, "Gateway");
    return OK;
}

/* First of authz: nobody is no user, whatever `Require valid-user` would make of "". */
static int hook_open_authz(request_rec *r)
{
    gw_request *q = gw_request_get(r);

    if (q == NULL)
        return DECLINED;
    q->is_authorised = 1;
    if (q->is_decided && r->user && *r->user == '\0') {
        r->user = NULL;
        r->ap_auth_type = NULL;
    }
    return DECLINED;
}

/* First of fixups: what had to be asked was asked, or nothing is served. */
static int hook_fail_closed(request_rec *r)
{
    const gw_request *q = gw_request_get(r);
    int skipped_authn, skipped_authz;

    if (q == NULL)
        return DECLINED;
    skipped_authn = (q->phases & GW_PHASE_AUTHN) && !q->is_decided;
    skipped_authz = (q->phases & GW_PHASE_AUTHZ) && !q->is_authorised;
    if (!skipped_authn && !skipped_authz)
        return DECLINED;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  GWLOGNO(1012) "auth: refused: the configuration lets this request skip %s (route=%s): "
                  "remove Satisfy Any, or the other module that answers first",
                  skipped_authn ? "authentication" : "authorization", q->route ? q->route->id : "-");
    return gw_reply_exit(r, HTTP_INTERNAL_SERVER_ERROR, NULL);
}

void gw_auth_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_force_authn(hook_force_authn, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_check_authn(hook_decide, NULL, NULL, APR_HOOK_REALLY_FIRST, AP_AUTH_INTERNAL_PER_URI);
    ap_hook_check_authz(hook_open_authz, NULL, NULL, OPENER, AP_AUTH_INTERNAL_PER_URI);
    ap_hook_fixups(hook_fail_closed, NULL, NULL, OPENER);
}
