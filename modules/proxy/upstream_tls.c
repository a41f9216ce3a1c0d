/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_tls.c - sets name, trust and verification of a connection that mod_ssl is about to make for a service.
 *
 * A service with tls_verify null is left to the SSLProxy... directives. true and false are ours alone: mod_ssl's own
 * look at the peer's name is told to see nothing, for it would refuse what the service accepts.
 */
#include "upstream_tls.h"

#include <strings.h>

#include <http_connection.h>
#include <http_log.h>
#include <apr_optional_hooks.h>
#include <apr_tables.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "attempt.h"
#include "mod_gw.h"

APLOG_USE_MODULE(gw);

/* mod_ssl_openssl.h is not among the headers that Debian installs. */
#define SSL_DECLARE(type) type
APR_DECLARE_EXTERNAL_HOOK(ssl, SSL, int, pre_handshake, (conn_rec *c, SSL *ssl, int is_proxy))

/* mod_proxy's word to mod_ssl: the name that the upstream must show. */
#define NAME_NOTE "proxy-request-hostname"

/* mod_ssl's own callback lets everything pass when SSLProxyVerify is none, so there must be one of ours. */
static int judge_certificate(int is_good, X509_STORE_CTX *context)
{
    gw_attempt *attempt = gw_attempt_current();

    if (!is_good && attempt)
        attempt->certificate_problem = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
    return is_good;
}

static int accept_any_certificate(int is_good, X509_STORE_CTX *context)
{
    (void)is_good;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/* IP addresses are never sent as SNI (RFC 6066 section 3). */
static void set_name(SSL *ssl, const char *name, int verify)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(param, name)) {
        if (!verify)
            X509_VERIFY_PARAM_set1_ip(param, NULL, 0);
        return;
    }
    SSL_set_tlsext_host_name(ssl, name);
    if (verify) {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, name);
    }
}

/* mod_proxy takes the worker's host for the name; behind a name of an upstream's target that is an address. With
 * preserve_host it has taken the client's Host, which stays. */
static int hook_name_target(conn_rec *c, void *socket)
{
    const gw_attempt *attempt = gw_attempt_current();
    const char *name;

    (void)socket;
    if (attempt == NULL || attempt->worker == NULL || attempt->worker->tls_name == NULL || !c->outgoing)
        return DECLINED;
    name = apr_table_get(c->notes, NAME_NOTE);
    if (name != NULL && strcasecmp(name, attempt->worker->proxy->s->hostname_ex) == 0)
        apr_table_setn(c->notes, NAME_NOTE, attempt->worker->tls_name);
    return DECLINED;
}

/* 0: the certificate that the service says is shown cannot be. */
static int show_certificate(conn_rec *c, SSL *ssl, gw_attempt *attempt)
{
    const gw_worker_tls *tls = &attempt->worker->tls;
    const char *problem = tls->problem;

    if (problem == NULL && tls->shown != NULL && !gw_certificate_use(ssl, tls->shown))
        problem = "OpenSSL does not take it";
    if (problem == NULL)
        return 1;
    attempt->certificate_problem = "no client certificate to show";
    ap_log_cerror(APLOG_MARK, APLOG_WARNING, 0, c, GWLOGNO(1801) "tls: the client certificate of a service cannot be "
                  "shown: %s (upstream=%s)", problem, attempt->worker->proxy->s->name_ex);
    return 0;
}

/* What is said of verification, true or false. */
static int set_verification(conn_rec *c, SSL *ssl, const gw_worker_tls *tls)
{
    const char *name = apr_table_get(c->notes, NAME_NOTE);

    if (name)
        set_name(ssl, name, tls->verify);
    apr_table_unset(c->notes, NAME_NOTE);
    if (!tls->verify) {
        SSL_set_verify(ssl, SSL_VERIFY_NONE, accept_any_certificate);
        return OK;
    }
    if (name == NULL)
        return HTTP_BAD_GATEWAY; /* a certificate of nobody in particular proves nothing */
    SSL_set1_verify_cert_store(ssl, tls->trusted);
    if (tls->depth >= 0)
        SSL_set_verify_depth(ssl, tls->depth);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, judge_certificate);
    return OK;
}

static int hook_prepare_handshake(conn_rec *c, SSL *ssl, int is_proxy)
{
    gw_attempt *attempt = gw_attempt_current();

    if (!is_proxy || attempt == NULL || attempt->worker == NULL)
        return DECLINED;
    if (!show_certificate(c, ssl, attempt))
        return HTTP_BAD_GATEWAY;
    return attempt->worker->tls.verify < 0 ? DECLINED : set_verification(c, ssl, &attempt->worker->tls);
}

void gw_upstream_tls_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_pre_connection(hook_name_target, NULL, NULL, APR_HOOK_FIRST);
    APR_OPTIONAL_HOOK(ssl, pre_handshake, hook_prepare_handshake, NULL, NULL, APR_HOOK_MIDDLE);
}
