/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prober.c - see prober.h. One poll over all sockets; each probe is a small machine of four states.
 *
 *   CONNECTING -> SHAKING (TLS) -> ASKING -> READING -> done
 */
#include "prober.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "certificate.h"
#include "probe_text.h"

#define MAX_PROBES 512
#define HEAD_BYTES 32 /* of an answer: its status line up to the status */

typedef enum probe_state { CONNECTING, SHAKING, ASKING, READING } probe_state;

typedef struct probe {
    int fd;
    probe_state state;
    short events;     /* what it waits for */
    apr_time_t began;
    apr_interval_time_t timeout;
    const char *request;
    size_t sent, request_len;
    char head[HEAD_BYTES];
    size_t head_len;
    SSL *ssl;
    void *baton;
} probe;

struct gw_prober {
    gw_probe_done *done;
    void *baton;
    SSL_CTX *tls;     /* made for the first probe with TLS */
    int n;
    probe *probes[MAX_PROBES];
    struct pollfd fds[MAX_PROBES];
};

/* What a step of the machine came to. */
typedef enum step { WAIT, FAIL, CONNECTED, ANSWERED, NEXT } step;

/* ---- sockets ---- */

static socklen_t make_address(struct sockaddr_storage *to, const char *ip, int port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

    memset(to, 0, sizeof(*to));
    if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((unsigned short)port);
        return sizeof(*v4);
    }
    if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((unsigned short)port);
        return sizeof(*v6);
    }
    return 0;
}

/* -1 when it cannot be; the connection may still be under way. */
static int open_socket(const char *ip, int port)
{
    struct sockaddr_storage to;
    socklen_t len = make_address(&to, ip, port);
    int fd = len > 0 ? socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;

    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&to, len) == 0 || errno == EINPROGRESS)
        return fd;
    close(fd);
    return -1;
}

/* ---- TLS ---- */

static SSL_CTX *get_tls(gw_prober *prober)
{
    if (prober->tls == NULL && (prober->tls = SSL_CTX_new(TLS_client_method())) != NULL)
        SSL_CTX_set_default_verify_paths(prober->tls);
    return prober->tls;
}

static SSL *make_ssl(gw_prober *prober, const gw_probe_order *order, int fd)
{
    SSL_CTX *tls = get_tls(prober);
    SSL *ssl = tls != NULL ? SSL_new(tls) : NULL;

    if (ssl == NULL)
        return NULL;
    if (order->shown != NULL && !gw_certificate_use(ssl, order->shown)) {
        SSL_free(ssl);
        return NULL;
    }
    SSL_set_fd(ssl, fd);
    SSL_set_connect_state(ssl);
    if (order->tls_name != NULL)
        SSL_set_tlsext_host_name(ssl, order->tls_name);
    if (!order->verifies)
        return ssl;
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    if (order->tls_name != NULL)
        SSL_set1_host(ssl, order->tls_name);
    else
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), order->ip);
    return ssl;
}

static step judge_tls(probe *p, int rc)
{
    int why = SSL_get_error(p->ssl, rc);

    ERR_clear_error();
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        return FAIL;
    p->events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    return WAIT;
}

/* ---- the machine ---- */

static step finish_connect(probe *p)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
        return FAIL;
    p->state = p->ssl != NULL ? SHAKING : ASKING;
    if (p->ssl == NULL && p->request == NULL)
        return CONNECTED;
    return NEXT;
}

static step shake(probe *p)
{
    int rc = SSL_do_handshake(p->ssl);

    if (rc != 1)
        return judge_tls(p, rc);
    p->state = ASKING;
    return p->request == NULL ? CONNECTED : NEXT;
}

static step judge_errno(probe *p, short events)
{
    p->events = events;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? WAIT : FAIL;
}

static step ask(probe *p)
{
    const char *rest = p->request + p->sent;
    ssize_t n = p->ssl != NULL ? SSL_write(p->ssl, rest, (int)(p->request_len - p->sent))
                               : send(p->fd, rest, p->request_len - p->sent, MSG_NOSIGNAL);

    if (n <= 0)
        return p->ssl != NULL ? judge_tls(p, (int)n) : judge_errno(p, POLLOUT);
    p->sent += (size_t)n;
    if (p->sent == p->request_len) {
        p->state = READING;
        p->events = POLLIN;
    }
    return NEXT;
}

static step read_head(probe *p)
{
    char *to = p->head + p->head_len;
    size_t room = sizeof(p->head) - p->head_len;
    ssize_t n = p->ssl != NULL ? SSL_read(p->ssl, to, (int)room) : recv(p->fd, to, room, 0);
    int status;

    if (n < 0 || (n == 0 && p->ssl != NULL))
        return p->ssl != NULL ? judge_tls(p, (int)n) : judge_errno(p, POLLIN);
    if (n == 0)
        return FAIL;
    p->head_len += (size_t)n;
    status = gw_probe_parse_status(p->head, p->head_len);
    if (status == GW_PROBE_MORE)
        return NEXT;
    return status == GW_PROBE_GARBAGE ? FAIL : ANSWERED;
}

static step work(probe *p)
{
    static step (*const machine[])(probe *p) = {
        [CONNECTING] = finish_connect, [SHAKING] = shake, [ASKING] = ask, [READING] = read_head,
    };
    step s;

    do
        s = machine[p->state](p);
    while (s == NEXT);
    return s;
}

/* ---- probes ---- */

static void end_probe(gw_prober *prober, int i, gw_probe_result result, int status)
{
    probe *p = prober->probes[i];

    prober->probes[i] = prober->probes[--prober->n];
    SSL_free(p->ssl);
    close(p->fd);
    prober->done(prober->baton, p->baton, result, status);
    free(p);
}

static void advance(gw_prober *prober, int i)
{
    probe *p = prober->probes[i];

    switch (work(p)) {
    case FAIL:
        end_probe(prober, i, GW_PROBE_FAILED, 0);
        break;
    case CONNECTED:
        end_probe(prober, i, GW_PROBE_CONNECTED, 0);
        break;
    case ANSWERED:
        end_probe(prober, i, GW_PROBE_ANSWERED, gw_probe_parse_status(p->head, p->head_len));
        break;
    default:
        break;
    }
}

/* What is left of a probe's time; a clock that was set back ends it. */
static apr_interval_time_t time_left(const probe *p, apr_time_t now)
{
    return now < p->began ? 0 : p->began + p->timeout - now;
}

static void end_late(gw_prober *prober, apr_time_t now)
{
    int i;

    for (i = prober->n - 1; i >= 0; i--)
        if (time_left(prober->probes[i], now) <= 0)
            end_probe(prober, i, GW_PROBE_TIMED_OUT, 0);
}

/* ---- entry points ---- */

gw_prober *gw_prober_make(gw_probe_done *done, void *baton)
{
    gw_prober *prober = calloc(1, sizeof(*prober));

    if (prober == NULL)
        abort();
    prober->done = done;
    prober->baton = baton;
    return prober;
}

void gw_prober_end(gw_prober *prober)
{
    while (prober->n > 0)
        end_probe(prober, 0, GW_PROBE_TIMED_OUT, 0);
    SSL_CTX_free(prober->tls);
    free(prober);
}

int gw_prober_start(gw_prober *prober, const gw_probe_order *order)
{
    probe *p;
    int fd;

    if (prober->n == MAX_PROBES)
        return 0;
    if ((fd = open_socket(order->ip, order->port)) < 0) {
        prober->done(prober->baton, order->baton, GW_PROBE_FAILED, 0);
        return 1;
    }
    if ((p = calloc(1, sizeof(*p))) == NULL)
        abort();
    p->fd = fd;
    p->state = CONNECTING;
    p->events = POLLOUT;
    p->began = apr_time_now();
    p->timeout = order->timeout;
    p->request = order->request;
    p->request_len = order->request != NULL ? strlen(order->request) : 0;
    p->baton = order->baton;
    p->ssl = order->has_tls ? make_ssl(prober, order, fd) : NULL;
    prober->probes[prober->n++] = p;
    if (order->has_tls && p->ssl == NULL)
        end_probe(prober, prober->n - 1, GW_PROBE_FAILED, 0);
    return 1;
}

void gw_prober_run(gw_prober *prober, apr_interval_time_t timeout)
{
    apr_time_t now = apr_time_now();
    int i, n = prober->n;

    for (i = 0; i < n; i++) {
        apr_interval_time_t left = time_left(prober->probes[i], now);

        prober->fds[i] = (struct pollfd){ .fd = prober->probes[i]->fd, .events = prober->probes[i]->events };
        if (left < timeout)
            timeout = left > 0 ? left : 0;
    }
    if (poll(prober->fds, (nfds_t)n, (int)((timeout + 999) / 1000)) > 0)
        for (i = n - 1; i >= 0; i--) /* the last takes the place of one that ends */
            if (prober->fds[i].revents != 0)
                advance(prober, i);
    end_late(prober, apr_time_now());
}
