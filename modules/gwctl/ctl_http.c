/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl_http.c - one request to an Admin API, over one connection that is kept. No proxies and no redirects: what is sent
 * holds secrets.
 */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>

#define MOST_BYTES ((size_t)1 << 30) /* of an answer */
#define LONGEST_URL 8192

typedef struct buffer {
    char *bytes;
    size_t used, size;
} buffer;

static size_t take(char *bytes, size_t one, size_t n, void *baton)
{
    buffer *b = baton;

    (void)one;
    if (b->used + n > MOST_BYTES)
        return 0;
    if (b->size - b->used <= n) {
        size_t size = b->size > 0 ? b->size : 65536;
        char *grown;

        while (size - b->used <= n)
            size *= 2;
        if ((grown = realloc(b->bytes, size)) == NULL)
            return 0;
        b->bytes = grown;
        b->size = size;
    }
    if (n > 0)
        memcpy(b->bytes + b->used, bytes, n);
    b->used += n;
    b->bytes[b->used] = '\0';
    return n;
}

static int show_progress(void *baton, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
    (void)baton, (void)dltotal;
    if (ultotal > 0 && ulnow < ultotal)
        gw_ctl_progress("sending: %d %%", (int)(ulnow * 100 / ultotal));
    else if (dlnow > 0)
        gw_ctl_progress("receiving: %lld kB", (long long)(dlnow / 1024));
    else
        gw_ctl_progress("waiting for the gateway");
    return 0;
}

static CURL *get_handle(void)
{
    static CURL *handle; /* keeps its connections */

    if (handle == NULL) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        handle = curl_easy_init();
    }
    else {
        curl_easy_reset(handle);
    }
    return handle;
}

static void configure(CURL *curl, const gw_ctl_server *server, const char *url, struct curl_slist *headers)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, server->timeout_s);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "gwctl/" GW_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, show_progress);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (server->user != NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERPWD, server->user);
    }
    if (server->ca_file != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, server->ca_file);
    if (server->cert_file != NULL)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, server->cert_file);
    if (server->key_file != NULL)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, server->key_file);
    if (server->is_insecure) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static struct curl_slist *make_headers(const gw_ctl_server *server, const gw_ctl_body *body)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: */*");
    char type[128];
    int i;

    headers = curl_slist_append(headers, "Expect:"); /* no waiting for 100 */
    if (body != NULL) {
        snprintf(type, sizeof(type), "Content-Type: %s", body->type != NULL ? body->type : "application/json");
        headers = curl_slist_append(headers, type);
    }
    for (i = 0; i < server->nheaders; i++)
        headers = curl_slist_append(headers, server->headers[i]);
    return headers;
}

gw_ctl_exit gw_ctl_send(gw_ctl_answer *answer, const gw_ctl_server *server, const char *path, const gw_ctl_body *body)
{
    CURL *curl = get_handle();
    buffer b = { NULL, 0, 0 };
    struct curl_slist *headers;
    char url[LONGEST_URL], why[CURL_ERROR_SIZE] = "";
    CURLcode rc;

    if (curl == NULL || take("", 1, 0, &b) != 0 || b.bytes == NULL
        || snprintf(url, sizeof(url), "%s%s", server->url, path) >= (int)sizeof(url)) {
        gw_ctl_complain("%s: out of memory, or too long", server->url);
        free(b.bytes);
        return GW_CTL_FAILED;
    }
    headers = make_headers(server, body);
    configure(curl, server, url, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &b);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    if (body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->bytes);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    }
    rc = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    gw_ctl_progress_end();
    if (rc != CURLE_OK) {
        gw_ctl_complain("%s: %s", server->url, *why != '\0' ? why : curl_easy_strerror(rc));
        free(b.bytes);
        return GW_CTL_UNREACHABLE;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->body = b.bytes;
    answer->len = b.used;
    return GW_CTL_DONE;
}

/* Each mistake in a configuration on a line of its own. */
static void tell_mistakes(const json_t *flat)
{
    json_t *entry, *error;
    size_t i, k;

    json_array_foreach ((json_t *)flat, i, entry) {
        const char *type = json_string_value(json_object_get(entry, "entity_type"));
        const char *name = json_string_value(json_object_get(entry, "entity_name"));

        json_array_foreach (json_object_get(entry, "errors"), k, error) {
            const char *field = json_string_value(json_object_get(error, "field"));
            const char *message = json_string_value(json_object_get(error, "message"));

            gw_ctl_complain("  %s %s: %s%s%s", type != NULL ? type : "?", name != NULL ? name : "(unnamed)",
                            field != NULL ? field : "", field != NULL ? ": " : "", message != NULL ? message : "?");
        }
    }
}

gw_ctl_exit gw_ctl_tell_refusal(const gw_ctl_server *server, const gw_ctl_answer *answer)
{
    json_t *object = json_loadb(answer->body, answer->len, 0, NULL);
    const char *message = json_string_value(json_object_get(object, "message"));
    const json_t *flat = json_object_get(object, "flattened_errors");

    if (json_array_size(flat) > 0)
        message = "the configuration is refused:";
    gw_ctl_complain("%s: %ld %s", server->url, answer->status, message != NULL ? message : "(no message)");
    tell_mistakes(flat);
    json_decref(object);
    return answer->status >= 400 && answer->status < 500 ? GW_CTL_REFUSED : GW_CTL_FAILED;
}

gw_ctl_exit gw_ctl_call(json_t **object, const gw_ctl_server *server, const char *path, const gw_ctl_body *body,
                        int may_miss)
{
    gw_ctl_answer answer;
    gw_ctl_exit rc = gw_ctl_send(&answer, server, path, body);

    *object = NULL;
    if (rc != GW_CTL_DONE)
        return rc;
    if (answer.status / 100 == 2) {
        *object = json_loadb(answer.body, answer.len, 0, NULL);
        if (!json_is_object(*object)) {
            gw_ctl_complain("%s%s: the answer is no JSON object: is this an Admin API?", server->url, path);
            json_decref(*object);
            *object = NULL;
            rc = GW_CTL_FAILED;
        }
    }
    else if (!(may_miss && answer.status == 404)) {
        rc = gw_ctl_tell_refusal(server, &answer);
    }
    free(answer.body);
    return rc;
}
