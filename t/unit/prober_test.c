/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prober_test.c - probes against servers of the test's own: one thread that accepts and says what the row wants.
 */
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "probe_text.h"
#include "prober.h"
#include "tap.h"

/* ---- texts ---- */

static const struct { const char *bytes; int want; const char *why; } heads[] = {
    { "", GW_PROBE_MORE, "nothing yet" },
    { "HTTP/1.1 20", GW_PROBE_MORE, "half a status" },
    { "HTTP/1.1 200", GW_PROBE_MORE, "more digits may follow" },
    { "HTTP/1.1 200 OK\r\n", 200, "a status line" },
    { "HTTP/1.0 302\r\n", 302, "without words" },
    { "HTTP/1.1 503 ", 503, "with a blank" },
    { "HTTP/1.1 2000 ", GW_PROBE_GARBAGE, "four digits" },
    { "HTTP/1.1 099 x", GW_PROBE_GARBAGE, "below 100" },
    { "HTTP/1.1 2x0 x", GW_PROBE_GARBAGE, "no number" },
    { "HTTP/x.1 200 x", GW_PROBE_GARBAGE, "no version" },
    { "http/1.1 200 x", GW_PROBE_GARBAGE, "small letters" },
    { "SSH-2.0-x", GW_PROBE_GARBAGE, "another protocol" },
    { "H", GW_PROBE_MORE, "one byte" },
    { "X", GW_PROBE_GARBAGE, "one wrong byte" },
};

static void test_heads(void)
{
    size_t i;

    for (i = 0; i < COUNT(heads); i++)
        is_int(gw_probe_parse_status(heads[i].bytes, strlen(heads[i].bytes)), heads[i].want, heads[i].why);
}

static const struct { const char *type, *target, *host_header, *headers, *want; const char *why; } requests[] = {
    { "http", "h:8000", NULL, NULL, "GET /x HTTP/1.1\r\nHost: h:8000\r\n", "host and port" },
    { "http", "h:80", NULL, NULL, "GET /x HTTP/1.1\r\nHost: h\r\n", "the usual port is left out" },
    { "https", "h:443", NULL, NULL, "GET /x HTTP/1.1\r\nHost: h\r\n", "that of https too" },
    { "https", "[::1]:80", NULL, NULL, "GET /x HTTP/1.1\r\nHost: [::1]:80\r\n", "but not with the other scheme" },
    { "http", "h:80", "api.x", NULL, "GET /x HTTP/1.1\r\nHost: api.x\r\n", "host_header" },
    { "http", "h:80", NULL, "{\"A\":[\"1\",\"2\"]}", "GET /x HTTP/1.1\r\nA: 1\r\nA: 2\r\nHost: h\r\n", "headers" },
    { "http", "h:80", "api.x", "{\"host\":[\"own\"]}", "GET /x HTTP/1.1\r\nhost: own\r\n", "Host among them" },
};

static void test_requests(void)
{
    size_t i;

    for (i = 0; i < COUNT(requests); i++) {
        gw_upstream upstream = { .host_header = requests[i].host_header };
        gw_target target = { .target = requests[i].target, .port = (int)strtol(strrchr(requests[i].target, ':') + 1, NULL, 10) };
        char want[256], *got;

        upstream.healthchecks.active.type = requests[i].type;
        upstream.healthchecks.active.http_path = "/x";
        upstream.healthchecks.active.headers = requests[i].headers;
        snprintf(want, sizeof(want), "%sUser-Agent: mod_gw\r\nConnection: close\r\n\r\n", requests[i].want);
        got = gw_probe_make_request(&upstream, &target);
        is_str(got, want, requests[i].why);
        free(got);
    }
}

/* ---- servers ---- */

typedef struct server {
    int fd, port;
    const char *says; /* NULL: never anything */
    int reads;        /* before it says so */
} server;

static void open_server(server *s)
{
    struct sockaddr_in to = { .sin_family = AF_INET };
    socklen_t len = sizeof(to);

    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s->fd, (struct sockaddr *)&to, sizeof(to)) != 0 || listen(s->fd, 8) != 0)
        abort();
    getsockname(s->fd, (struct sockaddr *)&to, &len);
    s->port = ntohs(to.sin_port);
}

static void *APR_THREAD_FUNC serve(apr_thread_t *thread, void *server_)
{
    const server *s = server_;
    int fd = accept(s->fd, NULL, NULL);
    char bytes[1024];

    (void)thread;
    if (fd < 0)
        return NULL;
    if (s->reads && read(fd, bytes, sizeof(bytes)) < 0)
        abort();
    if (s->says != NULL && *s->says != '\0' && write(fd, s->says, strlen(s->says)) < 0)
        abort();
    if (s->says == NULL && read(fd, bytes, sizeof(bytes)) > 0) /* until the probe gives up */
        while (read(fd, bytes, sizeof(bytes)) > 0)
            ;
    close(fd);
    return NULL;
}

typedef struct outcome {
    int n;
    gw_probe_result result;
    int status;
} outcome;

static void take(void *baton, void *order, gw_probe_result result, int status)
{
    outcome *o = order;

    (void)baton;
    o->n++;
    o->result = result;
    o->status = status;
}

static const struct { const char *says; int reads, asks; apr_interval_time_t timeout; gw_probe_result want; int status;
const char *why; } exchanges[] = {
    { "HTTP/1.1 204 No\r\n\r\n", 1, 1, apr_time_from_sec(30), GW_PROBE_ANSWERED, 204, "an answer" },
    { "HTTP/1.1 500 ", 0, 1, apr_time_from_sec(30), GW_PROBE_ANSWERED, 500, "one that comes early" },
    { "garbage garbage", 1, 1, apr_time_from_sec(30), GW_PROBE_FAILED, 0, "garbage" },
    { "HTTP/1.", 1, 1, apr_time_from_sec(30), GW_PROBE_FAILED, 0, "half of one" },
    { "", 1, 1, apr_time_from_sec(30), GW_PROBE_FAILED, 0, "none" },
    { NULL, 0, 1, apr_time_from_msec(50), GW_PROBE_TIMED_OUT, 0, "none in time" },
    { NULL, 0, 0, apr_time_from_sec(30), GW_PROBE_CONNECTED, 0, "only a connection" },
};

static void run_until_done(gw_prober *prober, const outcome *o)
{
    while (o->n == 0)
        gw_prober_run(prober, apr_time_from_msec(50));
}

static void test_exchanges(apr_pool_t *p)
{
    gw_prober *prober = gw_prober_make(take, NULL);
    outcome outcomes[COUNT(exchanges)] = { { 0, GW_PROBE_FAILED, 0 } };
    size_t i;

    for (i = 0; i < COUNT(exchanges); i++) {
        server s = { .says = exchanges[i].says, .reads = exchanges[i].reads };
        outcome *o = &outcomes[i];
        gw_probe_order order = { .ip = "127.0.0.1", .timeout = exchanges[i].timeout, .baton = o,
                                 .request = exchanges[i].asks ? "GET / HTTP/1.1\r\n\r\n" : NULL };
        apr_thread_t *thread;
        apr_status_t rv;

        open_server(&s);
        order.port = s.port;
        apr_thread_create(&thread, NULL, serve, &s, p);
        is_int(gw_prober_start(prober, &order), 1, exchanges[i].why);
        run_until_done(prober, o);
        is_int(o->result, exchanges[i].want, exchanges[i].why);
        is_int(o->status, exchanges[i].status, exchanges[i].why);
        apr_thread_join(&rv, thread);
        close(s.fd);
    }
    gw_prober_end(prober);
    for (i = 0; i < COUNT(exchanges); i++)
        is_int(outcomes[i].n, 1, "each is told once: nothing was left of it");
}

static void test_refused(void)
{
    gw_prober *prober = gw_prober_make(take, NULL);
    outcome o[3] = { { 0, 0, 0 } };
    gw_probe_order order = { .ip = "127.0.0.1", .timeout = apr_time_from_sec(30), .baton = &o[0] };
    server s = { .says = NULL };

    open_server(&s);
    close(s.fd);
    order.port = s.port;
    gw_prober_start(prober, &order);
    run_until_done(prober, &o[0]);
    is_int(o[0].result, GW_PROBE_FAILED, "nobody listens");
    order.ip = "no address";
    order.baton = &o[1];
    gw_prober_start(prober, &order);
    is_int(o[1].result, GW_PROBE_FAILED, "no address: at once");
    is_int(o[1].n, 1, "told once");
    open_server(&s);
    order = (gw_probe_order){ .ip = "127.0.0.1", .port = s.port, .timeout = apr_time_from_sec(30), .request = "x",
                              .baton = &o[2] };
    gw_prober_start(prober, &order);
    gw_prober_end(prober);
    is_int(o[2].n, 1, "what is under way at the end is told, too");
    close(s.fd);
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_heads();
    test_requests();
    test_exchanges(p);
    test_refused();
    return done();
}
