/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_text.c - see probe_text.h.
 */
#include "probe_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200": a digit of the version may be any. */
int gw_probe_parse_status(const char *bytes, apr_size_t len)
{
    static const char pattern[] = "HTTP/#.# ###";
    apr_size_t i;
    int status;

    for (i = 0; i < len && i < sizeof(pattern) - 1; i++)
        if (pattern[i] == '#' ? !is_digit(bytes[i]) : bytes[i] != pattern[i])
            return GW_PROBE_GARBAGE;
    if (len <= sizeof(pattern) - 1) /* what follows belongs to it, too */
        return GW_PROBE_MORE;
    if (bytes[12] != ' ' && bytes[12] != '\r' && bytes[12] != '\n')
        return GW_PROBE_GARBAGE;
    status = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + (bytes[11] - '0');
    return status >= 100 ? status : GW_PROBE_GARBAGE;
}

/* Text that grows. */
typedef struct text {
    char *bytes;
    size_t len, room;
} text;

static void add(text *t, const char *s)
{
    size_t n = strlen(s);

    if (t->len + n + 1 > t->room) {
        t->room = (t->len + n + 1) * 2;
        if ((t->bytes = realloc(t->bytes, t->room)) == NULL)
            abort();
    }
    memcpy(t->bytes + t->len, s, n + 1);
    t->len += n;
}

static void add_line(text *t, const char *name, const char *value)
{
    add(t, name);
    add(t, ": ");
    add(t, value);
    add(t, "\r\n");
}

/* 1 when Host was among them. */
static int add_headers(text *t, const char *json)
{
    json_t *headers = json != NULL ? json_loads(json, 0, NULL) : NULL, *values;
    const char *name;
    int has_host = 0;
    size_t i;

    json_object_foreach(headers, name, values) {
        for (i = 0; i < json_array_size(values); i++) {
            const char *value = json_string_value(json_array_get(values, i));

            if (value == NULL)
                continue;
            add_line(t, name, value);
            has_host |= strcasecmp(name, "Host") == 0;
        }
    }
    json_decref(headers);
    return has_host;
}

static void add_host(text *t, const gw_upstream *upstream, const gw_target *target)
{
    const gw_health_side *active = &upstream->healthchecks.active;
    const int usual = strcmp(active->type, "https") == 0 || strcmp(active->type, "grpcs") == 0 ? 443 : 80;
    const char *colon;
    text host = { 0 };

    if (upstream->host_header != NULL) {
        add_line(t, "Host", upstream->host_header);
        return;
    }
    add(&host, target->target);
    colon = strrchr(host.bytes, ':');
    if (target->port == usual && colon != NULL)
        host.bytes[colon - host.bytes] = '\0';
    add_line(t, "Host", host.bytes);
    free(host.bytes);
}

char *gw_probe_make_request(const gw_upstream *upstream, const gw_target *target)
{
    const gw_health_side *active = &upstream->healthchecks.active;
    text t = { 0 };

    add(&t, "GET ");
    add(&t, active->http_path);
    add(&t, " HTTP/1.1\r\n");
    if (!add_headers(&t, active->headers))
        add_host(&t, upstream, target);
    add(&t, "User-Agent: mod_gw\r\nConnection: close\r\n\r\n");
    return t.bytes;
}
