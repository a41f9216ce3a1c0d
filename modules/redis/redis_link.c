/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_link.c - see redis_link.h. Sockets that never block, and poll() until the moment; TLS by OpenSSL over the same.
 */
#include "redis_link.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define NO_TIME "no answer in time"

struct gw_redis_link {
    int fd;
    SSL *tls; /* NULL = none */
    apr_time_t used;
    gw_redis_link *next;
    apr_size_t nread; /* bytes in `bytes` */
    char bytes[GW_REDIS_MAX_BYTES + 64];
};

/* ---- waiting ---- */

static apr_status_t wait_for(int fd, short what, apr_time_t until)
{
    apr_interval_time_t left = until - apr_time_now();
    struct pollfd pfd = { .fd = fd, .events = what };
    int rc;

    if (left <= 0)
        return APR_TIMEUP;
    rc = poll(&pfd, 1, (int)apr_time_as_msec(left) + 1);
    if (rc < 0 && errno != EINTR)
        return errno;
    return rc == 0 ? APR_TIMEUP : APR_SUCCESS;
}

/* What TLS wants before it can go on; anything else is its end. SSL_get_error reads this thread's list of errors: each
 * call of TLS begins with an empty one (ERR_clear_error), or what others left there would be taken for an end. */
static apr_status_t wait_for_tls(gw_redis_link *link, int rc, apr_time_t until)
{
    int want = SSL_get_error(link->tls, rc);

    if (want == SSL_ERROR_WANT_READ)
        return wait_for(link->fd, POLLIN, until);
    return want == SSL_ERROR_WANT_WRITE ? wait_for(link->fd, POLLOUT, until) : APR_ECONNRESET;
}

/* ---- opening ---- */

static apr_status_t finish_connect(int fd, apr_time_t until)
{
    int error = 0;
    socklen_t len = sizeof(error);
    apr_status_t rv = wait_for(fd, POLLOUT, until);

    if (rv == APR_SUCCESS && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0)
        rv = error;
    return rv;
}

static apr_status_t connect_to(int *pfd, const struct addrinfo *address, apr_time_t until)
{
    int on = 1, fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    apr_status_t rv = APR_SUCCESS;

    if (fd < 0)
        return errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
        rv = errno == EINPROGRESS ? finish_connect(fd, until) : errno;
    if (rv != APR_SUCCESS) {
        close(fd);
        return rv;
    }
    *pfd = fd;
    return APR_SUCCESS;
}

static apr_status_t connect_any(int *fd, const char **why, const gw_redis_target *target, apr_time_t until)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG }, *found = NULL;
    apr_status_t rv = APR_EGENERAL;
    char port[16];

    apr_snprintf(port, sizeof(port), "%d", target->port);
    if (getaddrinfo(target->host, port, &hints, &found) != 0) {
        *why = "its host's name cannot be resolved";
        return APR_EGENERAL;
    }
    for (const struct addrinfo *a = found; a != NULL && rv != APR_SUCCESS; a = a->ai_next)
        rv = connect_to(fd, a, until);
    freeaddrinfo(found);
    *why = APR_STATUS_IS_TIMEUP(rv) ? "no connection in time" : "no connection";
    return rv;
}

static SSL *make_tls(const gw_redis_target *target)
{
    const char *name = target->server_name != NULL ? target->server_name : target->host;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *tls = NULL;

    if (ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)
        && (!target->is_verified || SSL_CTX_set_default_verify_paths(ctx)))
        tls = SSL_new(ctx);
    SSL_CTX_free(ctx);
    if (tls == NULL)
        return NULL;
    SSL_set_tlsext_host_name(tls, name);
    if (target->is_verified) {
        SSL_set_verify(tls, SSL_VERIFY_PEER, NULL);
        SSL_set1_host(tls, name);
    }
    return tls;
}

static apr_status_t shake_hands(gw_redis_link *link, const char **why, const gw_redis_target *target, apr_time_t until)
{
    apr_status_t rv = APR_SUCCESS;
    int rc;

    *why = "TLS failed";
    if ((link->tls = make_tls(target)) == NULL || !SSL_set_fd(link->tls, link->fd))
        return APR_ENOMEM;
    while (rv == APR_SUCCESS) {
        ERR_clear_error();
        if ((rc = SSL_connect(link->tls)) == 1)
            break;
        rv = wait_for_tls(link, rc, until);
    }
    if (rv != APR_SUCCESS && target->is_verified && SSL_get_verify_result(link->tls) != X509_V_OK)
        *why = "its certificate is not trusted";
    return rv;
}

apr_status_t gw_redis_link_open(gw_redis_link **plink, const char **why, const gw_redis_target *target,
                                apr_time_t until)
{
    gw_redis_link *link;
    apr_status_t rv;
    int fd = -1;

    if ((rv = connect_any(&fd, why, target, until)) != APR_SUCCESS)
        return rv;
    if ((link = malloc(sizeof(*link))) == NULL) {
        close(fd);
        return APR_ENOMEM;
    }
    link->fd = fd;
    link->tls = NULL;
    link->nread = 0;
    link->next = NULL;
    link->used = apr_time_now();
    if (target->is_tls && (rv = shake_hands(link, why, target, until)) != APR_SUCCESS) {
        gw_redis_link_close(link);
        return rv;
    }
    *plink = link;
    return APR_SUCCESS;
}

void gw_redis_link_close(gw_redis_link *link)
{
    SSL_free(link->tls);
    ERR_clear_error();
    close(link->fd);
    free(link);
}

int gw_redis_link_is_idle(gw_redis_link *link)
{
    struct pollfd pfd = { .fd = link->fd, .events = POLLIN };

    return link->nread == 0 && poll(&pfd, 1, 0) == 0;
}

/* ---- bytes: as send() and recv(); what went wrong with TLS is told by wait_for_tls ---- */

static ssize_t write_some(gw_redis_link *link, const char *bytes, apr_size_t len)
{
    if (link->tls == NULL)
        return send(link->fd, bytes, len, MSG_NOSIGNAL);
    ERR_clear_error();
    return SSL_write(link->tls, bytes, (int)len);
}

static ssize_t read_some(gw_redis_link *link, char *bytes, apr_size_t room)
{
    if (link->tls == NULL)
        return recv(link->fd, bytes, room, 0);
    ERR_clear_error();
    return SSL_read(link->tls, bytes, (int)room);
}

apr_status_t gw_redis_link_send(gw_redis_link *link, const char **why, const char *bytes, apr_size_t len,
                                apr_time_t until)
{
    apr_status_t rv = APR_SUCCESS;

    while (len > 0 && rv == APR_SUCCESS) {
        ssize_t n = write_some(link, bytes, len);

        if (n > 0) {
            bytes += n;
            len -= (apr_size_t)n;
        } else if (link->tls != NULL) {
            rv = wait_for_tls(link, (int)n, until);
        } else {
            rv = errno == EAGAIN || errno == EINTR ? wait_for(link->fd, POLLOUT, until) : errno;
        }
    }
    *why = APR_STATUS_IS_TIMEUP(rv) ? NO_TIME : "the connection broke";
    return rv;
}

/* More bytes, at least one. */
static apr_status_t read_more(gw_redis_link *link, apr_time_t until)
{
    apr_size_t room = sizeof(link->bytes) - link->nread;
    apr_status_t rv = APR_SUCCESS;

    for (;;) {
        ssize_t n = read_some(link, link->bytes + link->nread, room);

        if (n > 0) {
            link->nread += (apr_size_t)n;
            return APR_SUCCESS;
        }
        if (link->tls != NULL)
            rv = wait_for_tls(link, (int)n, until);
        else if (n == 0)
            rv = APR_EOF;
        else
            rv = errno == EAGAIN || errno == EINTR ? wait_for(link->fd, POLLIN, until) : errno;
        if (rv != APR_SUCCESS)
            return rv;
    }
}

apr_status_t gw_redis_link_receive(gw_redis_reply *reply, const char **why, gw_redis_link *link, apr_time_t until,
                                   apr_pool_t *p)
{
    for (;;) {
        apr_size_t used = 0;
        apr_status_t rv;
        int rc = gw_redis_parse(reply, &used, link->bytes, link->nread, p);

        if (rc < 0 || (rc == 0 && link->nread == sizeof(link->bytes))) {
            *why = "what answers is no Redis";
            return APR_EGENERAL;
        }
        if (rc == 1) {
            link->nread -= used;
            memmove(link->bytes, link->bytes + used, link->nread);
            link->used = apr_time_now();
            return APR_SUCCESS;
        }
        if ((rv = read_more(link, until)) != APR_SUCCESS) {
            *why = APR_STATUS_IS_TIMEUP(rv) ? NO_TIME : "the connection broke";
            return (rv == APR_EOF || rv == ECONNRESET) && link->nread > 0 ? APR_EGENERAL : rv;
        }
    }
}

apr_time_t gw_redis_link_used(const gw_redis_link *link)
{
    return link->used;
}

gw_redis_link **gw_redis_link_next(gw_redis_link *link)
{
    return &link->next;
}
