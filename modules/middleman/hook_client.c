/* SPDX-License-Identifier: Apache-2.0 */
/* hook_client.c - see hook_client.h. */
#include "hook_client.h"

#include <string.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <curl/curl.h>

#define FIRST_BYTES 4096

typedef struct idle_handle {
    CURL *curl;
    apr_uint64_t origin; /* whom it asked last */
} idle_handle;

struct gw_hook_client {
    apr_thread_mutex_t *lock;
    struct curl_slist *headers;
    const char *ca_file;
    int nidle, max_idle;
    idle_handle *idle; /* the one that was used last comes last */
};

/* ---- the pool ---- */

static void set_once(CURL *curl, const gw_hook_client *client)
{
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* a name server that hangs is not waited for past the timeout */
#endif
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)GW_HOOK_MAX_BODY_BYTES); /* announced: not begun */
    curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 4L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, client->headers);
    if (client->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* instead of the system's, not beside them */
    }
}

/* A handle that has talked to this origin, else the one that was idle longest, else a new one; NULL = no memory. */
static CURL *take_handle(gw_hook_client *client, apr_uint64_t origin)
{
    CURL *curl = NULL;
    int i;

    apr_thread_mutex_lock(client->lock);
    for (i = client->nidle - 1; i >= 0 && client->idle[i].origin != origin; i--)
        ;
    if (i < 0 && client->nidle == client->max_idle)
        i = 0;
    if (i >= 0) {
        curl = client->idle[i].curl;
        client->nidle--;
        memmove(client->idle + i, client->idle + i + 1, (apr_size_t)(client->nidle - i) * sizeof(*client->idle));
    }
    apr_thread_mutex_unlock(client->lock);
    if (curl == NULL && (curl = curl_easy_init()) != NULL)
        set_once(curl, client);
    return curl;
}

static void give_handle(gw_hook_client *client, CURL *curl, apr_uint64_t origin)
{
    int is_kept;

    apr_thread_mutex_lock(client->lock);
    is_kept = client->nidle < client->max_idle;
    if (is_kept) {
        client->idle[client->nidle].curl = curl;
        client->idle[client->nidle++].origin = origin;
    }
    apr_thread_mutex_unlock(client->lock);
    if (!is_kept)
        curl_easy_cleanup(curl);
}

gw_hook_client *gw_hook_client_make(int max_idle, const char *ca_file, apr_pool_t *p)
{
    gw_hook_client *client = apr_pcalloc(p, sizeof(*client));

    curl_global_init(CURL_GLOBAL_DEFAULT);
    apr_thread_mutex_create(&client->lock, APR_THREAD_MUTEX_DEFAULT, p);
    client->headers = curl_slist_append(client->headers, "Content-Type: application/json");
    client->headers = curl_slist_append(client->headers, "Expect:"); /* no waiting for a 100 */
    client->ca_file = ca_file != NULL ? apr_pstrdup(p, ca_file) : NULL;
    client->max_idle = max_idle;
    client->idle = apr_palloc(p, (apr_size_t)max_idle * sizeof(*client->idle));
    return client;
}

/* ---- one question ---- */

typedef struct reading {
    CURL *curl;
    gw_hook_reply *reply;
    apr_pool_t *p;
    char *body;
    apr_size_t nread;
    apr_size_t size;
    const char *why; /* we ended it */
} reading;

static size_t take_line(char *line, size_t size, size_t n, void *ctx)
{
    reading *in = ctx;

    if (in->nread > 0)
        return size * n; /* trailers say nothing that we ask for */
    if (gw_hook_reply_take(in->reply, line, size * n, in->p))
        return size * n;
    in->why = "headers too large";
    return 0;
}

/* What a yes says besides is read, for the connection's sake, not kept. */
static int is_kept(const reading *in)
{
    long status = 0;

    curl_easy_getinfo(in->curl, CURLINFO_RESPONSE_CODE, &status);
    return status > 299;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
    reading *in = ctx;
    gw_hook_reply *reply = in->reply;
    const apr_size_t len = size * n;

    in->nread += len;
    if (in->nread > GW_HOOK_MAX_BODY_BYTES) {
        in->why = "body too large";
        return 0;
    }
    if (!is_kept(in))
        return len;
    if (reply->body_len + len > in->size) {
        char *grown;

        while (in->size < reply->body_len + len)
            in->size = in->size > 0 ? 2 * in->size : FIRST_BYTES;
        grown = apr_palloc(in->p, in->size);
        if (reply->body_len > 0)
            memcpy(grown, in->body, reply->body_len);
        in->body = grown;
        reply->body = grown;
    }
    memcpy(in->body + reply->body_len, bytes, len);
    reply->body_len += len;
    return len;
}

static void set_question(CURL *curl, const gw_middleman_conf *conf, const char *payload, apr_size_t len)
{
    const long idle_s = (long)((conf->keepalive + 999) / 1000);

    curl_easy_setopt(curl, CURLOPT_URL, conf->url);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)conf->timeout);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)conf->timeout);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, idle_s > 0 ? idle_s : 1L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, idle_s > 0 ? 0L : 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, idle_s > 0 ? 0L : 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, conf->tls_verify ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, conf->tls_verify ? 2L : 0L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, payload); /* borrowed */
}

const char *gw_hook_ask(gw_hook_reply *reply, gw_hook_client *client, const gw_middleman_conf *conf,
                        const char *payload, apr_size_t len, apr_pool_t *p)
{
    CURL *curl = take_handle(client, conf->origin);
    reading in = { .curl = curl, .reply = reply, .p = p };
    CURLcode code;
    long status = 0;

    if (curl == NULL)
        return "out of memory";
    set_question(curl, conf, payload, len);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &in);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &in);
    code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        reply->status = (int)status;
    }
    give_handle(client, curl, conf->origin);
    return in.why != NULL ? in.why : code == CURLE_OK ? NULL : curl_easy_strerror(code);
}
