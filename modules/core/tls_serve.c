/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_serve.c - certificates of the Admin API in mod_ssl's handshakes: chosen by the name that the client asks for, on
 * each server that routes. mod_ssl does all the rest, and the server's own certificate is shown where none fits.
 *
 * A session remembers under which name and certificate it was made; it is resumed only while that name still gets that
 * certificate. So a client whose session is older than a change shakes hands anew, and sees what is in force.
 */
#include <string.h>

#include <httpd.h>
#include <http_log.h>
#include <apr_optional_hooks.h>
#include <openssl/ssl.h>

#include "certificate.h"
#include "coherence.h"
#include "conf.h"
#include "hooks.h"
#include "publish.h"
#include "sni_name.h"

APLOG_USE_MODULE(gw);

/* mod_ssl_openssl.h is not among the headers that Debian installs. */
#define SSL_DECLARE(type) type
APR_DECLARE_EXTERNAL_HOOK(ssl, SSL, int, init_server, (server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx))

#define SERVED_KEY "gw-tls-served"

/* What a session remembers: the certificate's mark, or zeros for the server's own, and the name behind it. */
typedef struct session_mark {
    size_t len;
    unsigned char bytes[GW_CERTIFICATE_MARK + GW_SNI_MAX + 1];
} session_mark;

typedef SSL_SESSION *get_session_fn(SSL *ssl, const unsigned char *id, int len, int *do_copy);
typedef int new_session_fn(SSL *ssl, SSL_SESSION *session);

/* mod_ssl's own, the same on all servers; written while the configuration is read. NULL = there is no cache. */
static get_session_fn *get_session;
static new_session_fn *new_session;

/* ---- which one ---- */

static int is_ours(const server_rec *s)
{
    return gw_conf_server(s)->router != GW_ROUTER_OFF;
}

/* Too long for a host name: as if none had been said. */
static const char *asked_name(const SSL *ssl)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    return name != NULL && *name != '\0' && strlen(name) <= GW_SNI_MAX ? name : NULL;
}

static void write_mark(session_mark *mark, const gw_certificate *certificate, const char *name)
{
    memset(mark->bytes, 0, GW_CERTIFICATE_MARK);
    if (certificate != NULL)
        memcpy(mark->bytes, certificate->mark, GW_CERTIFICATE_MARK);
    mark->len = GW_CERTIFICATE_MARK;
    if (name != NULL) {
        memcpy(mark->bytes + mark->len, name, strlen(name));
        mark->len += strlen(name);
    }
}

/* mod_ssl shows another certificate than the server's own (mod_md's answer to tls-alpn-01): it is left alone. */
static int is_taken(SSL *ssl)
{
    return SSL_get_certificate(ssl) != SSL_CTX_get0_certificate(SSL_get_SSL_CTX(ssl));
}

/* SSL_CTX_set_cert_cb: the ClientHello is read, nothing is sent. 1 = go on. */
static int choose_certificate(SSL *ssl, void *server)
{
    conn_rec *c = SSL_get_app_data(ssl);
    const char *name = asked_name(ssl);
    const gw_certificate *certificate;
    gw_edition *edition;
    session_mark *mark;
    int is_good;

    if (!is_ours(server) || is_taken(ssl) || (edition = gw_coherence_hold()) == NULL)
        return 1;
    certificate = gw_snapshot_certificate(gw_edition_snapshot(edition), name);
    is_good = certificate == NULL || gw_certificate_use(ssl, certificate);
    if (is_good) {
        mark = apr_palloc(c->pool, sizeof(*mark));
        write_mark(mark, certificate, name);
        apr_pool_userdata_setn(mark, SERVED_KEY, NULL, c->pool);
    }
    else
        ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, c, GWLOGNO(1802) "tls: a certificate that could be used when it was "
                      "loaded cannot be shown (server=%s)", ((server_rec *)server)->server_hostname);
    gw_edition_release(edition);
    return is_good;
}

/* ---- sessions ---- */

/* A session that is made now. A resumed one keeps its mark. */
static void mark_session(SSL *ssl, SSL_SESSION *session)
{
    conn_rec *c = SSL_get_app_data(ssl);
    void *mark = NULL;

    if (session == NULL || c == NULL || SSL_session_reused(ssl))
        return;
    apr_pool_userdata_get(&mark, SERVED_KEY, c->pool);
    if (mark != NULL)
        SSL_SESSION_set1_ticket_appdata(session, ((session_mark *)mark)->bytes, ((session_mark *)mark)->len);
}

/* The server that the client named, else the first at this address. OpenSSL calls back for sessions on the first one's
 * context always; mod_ssl keeps each context's server in its app data, and has chosen the context by now. */
static const server_rec *named_server(const SSL *ssl)
{
    return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* Would its name get the same certificate now? One without a mark was made by a server that did not route, or before
 * anything was loaded: while this one routes, it is good only if there are no certificates at all. */
static int is_current(SSL_SESSION *session, const SSL *ssl)
{
    char name[GW_SNI_MAX + 1];
    session_mark now;
    gw_edition *edition;
    void *bytes = NULL;
    size_t len = 0;
    int is_same;

    if ((edition = gw_coherence_hold()) == NULL)
        return 1;
    SSL_SESSION_get0_ticket_appdata(session, &bytes, &len);
    if (len < GW_CERTIFICATE_MARK || len > GW_CERTIFICATE_MARK + GW_SNI_MAX) {
        is_same = !is_ours(named_server(ssl)) || !gw_snapshot_has_certificates(gw_edition_snapshot(edition));
    }
    else {
        memcpy(name, (char *)bytes + GW_CERTIFICATE_MARK, len - GW_CERTIFICATE_MARK);
        name[len - GW_CERTIFICATE_MARK] = '\0';
        write_mark(&now, gw_snapshot_certificate(gw_edition_snapshot(edition), *name ? name : NULL), name);
        is_same = now.len == len && memcmp(now.bytes, bytes, len) == 0;
    }
    gw_edition_release(edition);
    return is_same;
}

/* A ticket is about to be written. */
static int mark_ticket(SSL *ssl, void *server)
{
    (void)server;
    mark_session(ssl, SSL_get_session(ssl));
    return 1;
}

/* A ticket was read. */
static SSL_TICKET_RETURN judge_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t len,
                                      SSL_TICKET_STATUS status, void *server)
{
    (void)name, (void)len, (void)server;
    switch (status) {
    case SSL_TICKET_SUCCESS:
        return is_current(session, ssl) ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_IGNORE_RENEW;
    case SSL_TICKET_SUCCESS_RENEW:
        return is_current(session, ssl) ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_IGNORE_RENEW;
    case SSL_TICKET_EMPTY:
    case SSL_TICKET_NO_DECRYPT:
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    default:
        return SSL_TICKET_RETURN_ABORT;
    }
}

/* mod_ssl's cache (SSLSessionCache): the mark goes in with the session, and is looked at when it comes out. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    mark_session(ssl, session);
    return new_session(ssl, session);
}

static SSL_SESSION *fetch_session(SSL *ssl, const unsigned char *id, int len, int *do_copy)
{
    SSL_SESSION *session = get_session(ssl, id, len, do_copy);

    if (session == NULL || is_current(session, ssl))
        return session;
    if (!*do_copy) /* the reference is ours */
        SSL_SESSION_free(session);
    return NULL;
}

/* ---- on mod_ssl's contexts ---- */

/* While the configuration is read, for each server with TLS. What the server's GwRouter says is known later. */
static int hook_init_server(server_rec *s, apr_pool_t *p, int is_proxy, SSL_CTX *ctx)
{
    (void)p;
    if (is_proxy)
        return OK;
    SSL_CTX_set_cert_cb(ctx, choose_certificate, s);
    SSL_CTX_set_session_ticket_cb(ctx, mark_ticket, judge_ticket, s);
    if (SSL_CTX_sess_get_get_cb(ctx) != NULL && SSL_CTX_sess_get_get_cb(ctx) != fetch_session) {
        get_session = SSL_CTX_sess_get_get_cb(ctx);
        SSL_CTX_sess_set_get_cb(ctx, fetch_session);
    }
    if (SSL_CTX_sess_get_new_cb(ctx) != NULL && SSL_CTX_sess_get_new_cb(ctx) != keep_session) {
        new_session = SSL_CTX_sess_get_new_cb(ctx);
        SSL_CTX_sess_set_new_cb(ctx, keep_session);
    }
    return OK;
}

void gw_tls_register(apr_pool_t *p)
{
    (void)p;
    APR_OPTIONAL_HOOK(ssl, init_server, hook_init_server, NULL, NULL, APR_HOOK_MIDDLE);
}
