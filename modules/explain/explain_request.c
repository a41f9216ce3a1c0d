/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_request.c - a request and its connection, made of a question. What has no socket behind it: an input filter
 * has the body, an output filter throws away what is written, hooks say whether the connection has TLS.
 */
#include "explain.h"

#include <arpa/inet.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <http_ssl.h>
#include <http_vhost.h>
#include <util_filter.h>

#include "conf.h"
#include "hooks.h"
#include "request.h"

extern module AP_MODULE_DECLARE_DATA gw_module;

static ap_filter_rec_t *body_filter, *sink_filter;
static const struct ap_logconf quiet = { .level = APLOG_EMERG };

/* ---- the connection ---- */

static conn_rec *make_connection(gw_trace *trace, const conn_rec *real, apr_pool_t *p)
{
    conn_rec *c = apr_pcalloc(p, sizeof(*c));

    c->pool = p;
    c->conn_config = ap_create_conn_config(p);
    c->notes = apr_table_make(p, 4);
    c->local_addr = real->local_addr;
    c->local_ip = real->local_ip;
    c->client_addr = real->client_addr;
    c->client_ip = real->client_ip;
    c->id = real->id;
    c->bucket_alloc = real->bucket_alloc;
    c->log = &quiet;
    c->log_id = "explain";
#if APR_HAS_THREADS
    c->current_thread = real->current_thread;
#endif
    ap_set_module_config(c->conn_config, &gw_module, trace);
    return c;
}

static const char *set_client(conn_rec *c, const char *ip, apr_pool_t *p)
{
    apr_sockaddr_t *address;
    unsigned char bytes[16];

    if (ip == NULL)
        return NULL;
    if ((inet_pton(AF_INET, ip, bytes) != 1 && inet_pton(AF_INET6, ip, bytes) != 1) /* nothing that is looked up */
        || apr_sockaddr_info_get(&address, ip, APR_UNSPEC, 0, 0, p) != APR_SUCCESS)
        return "client_ip: not an IP address";
    c->client_addr = address;
    c->client_ip = apr_pstrdup(p, ip);
    return NULL;
}

/* ---- the virtual host ---- */

static int has_port(const server_rec *s, apr_port_t port)
{
    const server_addr_rec *address;

    for (address = s->addrs; address != NULL; address = address->next)
        if (address->host_port == port)
            return 1;
    return 0;
}

/* The one that would take it; where the question leaves that open, the first that routes. */
static server_rec *choose_server(request_rec *r, server_rec *main_server, const char *host, apr_port_t port)
{
    server_rec *s, *best = NULL;
    int rank, best_rank = 0;

    for (s = main_server; s != NULL; s = s->next) {
        r->server = s;
        rank = (gw_conf_server(s)->router != GW_ROUTER_OFF) + 2 * has_port(s, port)
               + 4 * (has_port(s, port) && host != NULL && ap_matches_request_vhost(r, host, port));
        if (rank > best_rank) {
            best = s;
            best_rank = rank;
        }
    }
    return best != NULL ? best : main_server;
}

/* ---- filters ---- */

typedef struct body_left {
    apr_bucket_brigade *bb;
} body_left;

static apr_status_t give_body(ap_filter_t *f, apr_bucket_brigade *bb, ap_input_mode_t mode, apr_read_type_e block,
                              apr_off_t most)
{
    body_left *left = f->ctx;
    apr_bucket *end = APR_BRIGADE_SENTINEL(left->bb);

    (void)block;
    if (mode == AP_MODE_READBYTES)
        apr_brigade_partition(left->bb, most, &end);
    else if (mode != AP_MODE_EXHAUSTIVE && mode != AP_MODE_GETLINE)
        return APR_SUCCESS;
    while (!APR_BRIGADE_EMPTY(left->bb) && APR_BRIGADE_FIRST(left->bb) != end) {
        apr_bucket *e = APR_BRIGADE_FIRST(left->bb);

        APR_BUCKET_REMOVE(e);
        APR_BRIGADE_INSERT_TAIL(bb, e);
    }
    if (APR_BRIGADE_EMPTY(bb)) /* read to its end, and again */
        APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(f->c->bucket_alloc));
    return APR_SUCCESS;
}

static apr_status_t swallow(ap_filter_t *f, apr_bucket_brigade *bb)
{
    (void)f;
    apr_brigade_cleanup(bb);
    return APR_SUCCESS;
}

static void add_filters(request_rec *r, const gw_explain_question *question)
{
    body_left *left = apr_pcalloc(r->pool, sizeof(*left));

    left->bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    if (question->body != NULL && *question->body != '\0')
        APR_BRIGADE_INSERT_TAIL(left->bb, apr_bucket_pool_create(question->body, strlen(question->body), r->pool,
                                                                 r->connection->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(left->bb, apr_bucket_eos_create(r->connection->bucket_alloc));
    ap_add_input_filter_handle(body_filter, left, r, r->connection);
    ap_add_output_filter_handle(sink_filter, NULL, r, r->connection);
}

/* ---- the request ---- */

static void set_headers(request_rec *r, const gw_explain_question *question, const apr_uri_t *url)
{
    const char *name;
    json_t *value;

    r->headers_in = apr_table_make(r->pool, 16);
    json_object_foreach((json_t *)question->headers, name, value)
        apr_table_mergen(r->headers_in, apr_pstrdup(r->pool, name), apr_pstrdup(r->pool, json_string_value(value)));
    if (apr_table_get(r->headers_in, "Host") == NULL)
        apr_table_setn(r->headers_in, "Host", url->hostinfo != NULL ? url->hostinfo : "localhost");
    if (question->body != NULL && *question->body != '\0') {
        apr_table_unset(r->headers_in, "Transfer-Encoding");
        apr_table_setn(r->headers_in, "Content-Length",
                       apr_psprintf(r->pool, "%" APR_SIZE_T_FMT, strlen(question->body)));
    }
}

static void fill_request(request_rec *r, const gw_explain_question *question, apr_uri_t *url)
{
    apr_pool_t *p = r->pool;

    r->request_config = ap_create_request_config(p);
    r->request_time = apr_time_now();
    r->method = apr_pstrdup(p, question->method);
    r->method_number = ap_method_number_of(r->method);
    r->header_only = r->method_number == M_GET && r->method[0] == 'H';
    r->protocol = "HTTP/1.1";
    r->proto_num = HTTP_VERSION(1, 1);
    r->allowed_methods = ap_make_method_list(p, 2);
    r->trailers_in = apr_table_make(p, 2);
    r->trailers_out = apr_table_make(p, 2);
    r->headers_out = apr_table_make(p, 8);
    r->err_headers_out = apr_table_make(p, 4);
    r->subprocess_env = apr_table_make(p, 8);
    r->notes = apr_table_make(p, 4);
    r->status = HTTP_OK;
    r->useragent_addr = r->connection->client_addr;
    r->useragent_ip = r->connection->client_ip;
    r->used_path_info = AP_REQ_DEFAULT_PATH_INFO;
    r->log = &quiet;
    r->log_id = "explain";
    set_headers(r, question, url);
    r->hostname = url->hostname;
    r->unparsed_uri = apr_uri_unparse(p, url, APR_URI_UNP_OMITSITEPART);
    r->the_request = apr_pstrcat(p, r->method, " ", r->unparsed_uri, " HTTP/1.1", NULL);
    ap_parse_uri(r, r->unparsed_uri);
}

request_rec *gw_explain_make_request(const char **why, gw_trace *trace, request_rec *admin,
                                     const gw_explain_question *question, apr_pool_t *p)
{
    request_rec *r = apr_pcalloc(p, sizeof(*r));
    apr_uri_t url;

    if (apr_uri_parse(p, question->url, &url) != APR_SUCCESS || url.path == NULL || *url.path != '/') {
        if (url.path != NULL || url.hostname == NULL) {
            *why = "url: must be a path that begins with '/', or a URL";
            return NULL;
        }
        url.path = (char *)"/";
    }
    url.fragment = NULL;
    r->pool = p;
    r->main = admin;
    r->connection = make_connection(trace, admin->connection, p);
    if ((*why = set_client(r->connection, question->client_ip, p)) != NULL)
        return NULL;
    trace->is_tls = url.scheme != NULL && strcasecmp(url.scheme, "https") == 0;
    trace->host = url.hostname;
    r->server = choose_server(r, ap_server_conf, url.hostname, url.port != 0 ? url.port : trace->is_tls ? 443 : 80);
    r->connection->base_server = r->server;
    r->per_dir_config = r->server->lookup_defaults;
    fill_request(r, question, &url);
    ap_run_create_request(r);
    add_filters(r, question);
    return r;
}

/* ---- what is pretended ---- */

static int hook_is_ssl(conn_rec *c)
{
    const gw_trace *trace = gw_trace_of(c);

    return trace != NULL && trace->is_tls ? OK : DECLINED;
}

static const char *hook_ssl_var(apr_pool_t *p, server_rec *s, conn_rec *c, request_rec *r, const char *name)
{
    const gw_trace *trace = c != NULL ? gw_trace_of(c) : NULL;

    (void)p, (void)s, (void)r;
    return trace != NULL && trace->is_tls && strcmp(name, "SSL_TLS_SNI") == 0 ? trace->host : NULL;
}

/* A LogLevel of a <Location> is not for what is only tried out. */
static int hook_stay_quiet(request_rec *r)
{
    if (r->main != NULL && gw_trace_of(r->connection) != NULL)
        r->log = &quiet;
    return DECLINED;
}

void gw_explain_register(apr_pool_t *p)
{
    (void)p;
    body_filter = ap_register_input_filter("GW_EXPLAIN_BODY", give_body, NULL, AP_FTYPE_PROTOCOL);
    sink_filter = ap_register_output_filter("GW_EXPLAIN_SINK", swallow, NULL, AP_FTYPE_PROTOCOL);
    ap_hook_ssl_conn_is_ssl(hook_is_ssl, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_ssl_var_lookup(hook_ssl_var, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(hook_stay_quiet, NULL, NULL, GW_ORDER(3000000));
}
