/* SPDX-License-Identifier: Apache-2.0 */
/* jwks_fetch.c - see jwks_fetch.h. A fetch is one transfer after another: redirects are followed by hand. */
#include "jwks_fetch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <curl/curl.h>

#define MAX_REDIRECTS 3
#define FIRST_BYTES 8192
#define MAX_HEADER_BYTES 65536

struct gw_fetcher {
    CURLM *multi;
    const char *ca_file;
    size_t max_bytes;
};

typedef struct fetch {
    gw_fetcher *fetcher;
    CURL *curl;
    char *body;
    size_t len, room, header_bytes;
    int nredirects;
    apr_time_t began;
    const char *why; /* we ended it */
    gw_fetch_done *done;
    void *baton;
    char error[CURL_ERROR_SIZE];
} fetch;

/* ---- what comes in ---- */

static size_t take_header(char *bytes, size_t size, size_t n, void *ctx)
{
    fetch *f = ctx;

    (void)bytes;
    f->header_bytes += size * n;
    if (f->header_bytes <= MAX_HEADER_BYTES)
        return size * n;
    f->why = "its headers are too large";
    return 0;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
    fetch *f = ctx;
    size_t len = size * n;

    if (len > f->fetcher->max_bytes - f->len) {
        f->why = "its body is too large";
        return 0;
    }
    if (f->len + len > f->room) {
        size_t room = f->room > 0 ? f->room : FIRST_BYTES;
        char *grown;

        while (room < f->len + len)
            room *= 2;
        if ((grown = realloc(f->body, room)) == NULL)
            return 0;
        f->body = grown;
        f->room = room;
    }
    memcpy(f->body + f->len, bytes, len);
    f->len += len;
    return len;
}

/* ---- redirects ---- */

/* A part of a URL, the default port too; NULL when there is none. curl_free. */
static char *get_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

static int is_same(CURLU *a, CURLU *b, CURLUPart part)
{
    char *x = get_part(a, part), *y = get_part(b, part);
    int same = x != NULL && y != NULL && strcasecmp(x, y) == 0;

    curl_free(x);
    curl_free(y);
    return same;
}

static int is_same_origin(const char *a, const char *b)
{
    CURLU *one = curl_url(), *other = curl_url();
    int same = one != NULL && other != NULL && curl_url_set(one, CURLUPART_URL, a, 0) == CURLUE_OK
               && curl_url_set(other, CURLUPART_URL, b, 0) == CURLUE_OK && is_same(one, other, CURLUPART_SCHEME)
               && is_same(one, other, CURLUPART_HOST) && is_same(one, other, CURLUPART_PORT);

    curl_url_cleanup(one);
    curl_url_cleanup(other);
    return same;
}

/* NULL: the transfer goes on elsewhere. */
static const char *follow(fetch *f, const char *to)
{
    apr_interval_time_t left = GW_FETCH_TIMEOUT - (apr_time_now() - f->began);
    char *from = NULL;

    curl_easy_getinfo(f->curl, CURLINFO_EFFECTIVE_URL, &from);
    if (to == NULL || from == NULL || !is_same_origin(from, to))
        return "it redirects to another host or scheme";
    if (++f->nredirects > MAX_REDIRECTS)
        return "it redirects too often";
    if (left <= 0 || left > GW_FETCH_TIMEOUT)
        return "it takes too long";
    f->len = f->header_bytes = 0;
    curl_multi_remove_handle(f->fetcher->multi, f->curl);
    curl_easy_setopt(f->curl, CURLOPT_URL, to); /* copied */
    curl_easy_setopt(f->curl, CURLOPT_TIMEOUT_MS, (long)apr_time_as_msec(left) + 1);
    return curl_multi_add_handle(f->fetcher->multi, f->curl) == CURLM_OK ? NULL : "out of memory";
}

/* ---- the end ---- */

static void end_fetch(fetch *f, const char *why)
{
    curl_multi_remove_handle(f->fetcher->multi, f->curl);
    if (why == NULL)
        f->done(f->baton, f->body != NULL ? f->body : "", f->len, NULL);
    else
        f->done(f->baton, NULL, 0, why);
    curl_easy_cleanup(f->curl);
    free(f->body);
    free(f);
}

static void judge(fetch *f, CURLcode code)
{
    const char *why = NULL;
    char *to = NULL;
    long status = 0;

    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) {
        why = f->why != NULL ? f->why : f->error[0] != '\0' ? f->error : curl_easy_strerror(code);
    }
    else if (status >= 300 && status < 400) {
        curl_easy_getinfo(f->curl, CURLINFO_REDIRECT_URL, &to);
        if ((why = follow(f, to)) == NULL)
            return;
    }
    else if (status != 200) {
        why = "it does not answer 200";
    }
    end_fetch(f, why);
}

/* ---- entry points ---- */

gw_fetcher *gw_fetcher_make(const char *ca_file, size_t max_bytes)
{
    gw_fetcher *fetcher = calloc(1, sizeof(*fetcher));

    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (fetcher == NULL || (fetcher->multi = curl_multi_init()) == NULL) {
        free(fetcher);
        return NULL;
    }
    fetcher->ca_file = ca_file;
    fetcher->max_bytes = max_bytes;
    curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, 4L);
    return fetcher;
}

static void set_options(fetch *f, const char *url)
{
    CURL *curl = f->curl;

    curl_easy_setopt(curl, CURLOPT_PRIVATE, f);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
    curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (f->fetcher->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, f->fetcher->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)apr_time_as_msec(GW_FETCH_TIMEOUT));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, f->error);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, f);
}

int gw_fetcher_begin(gw_fetcher *fetcher, const char *url, gw_fetch_done *done, void *baton)
{
    fetch *f = calloc(1, sizeof(*f));

    if (f == NULL || (f->curl = curl_easy_init()) == NULL) {
        free(f);
        return 0;
    }
    f->fetcher = fetcher;
    f->done = done;
    f->baton = baton;
    f->began = apr_time_now();
    set_options(f, url);
    if (curl_multi_add_handle(fetcher->multi, f->curl) == CURLM_OK)
        return 1;
    curl_easy_cleanup(f->curl);
    free(f);
    return 0;
}

void gw_fetcher_run(gw_fetcher *fetcher, apr_interval_time_t patience)
{
    int nrunning = 0, nleft;
    CURLMsg *message;

    curl_multi_perform(fetcher->multi, &nrunning);
    while ((message = curl_multi_info_read(fetcher->multi, &nleft)) != NULL) {
        CURLcode code = message->data.result;
        fetch *f = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&f);
        judge(f, code);
        patience = 0; /* it may have gone on elsewhere */
    }
    curl_multi_poll(fetcher->multi, NULL, 0, (int)apr_time_as_msec(patience), NULL);
}

void gw_fetcher_wake(gw_fetcher *fetcher)
{
    curl_multi_wakeup(fetcher->multi);
}
