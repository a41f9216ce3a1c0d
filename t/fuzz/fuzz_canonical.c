/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_canonical.c - any bytes as a path: canonical forms are fixed points, survive encoding, hold no dot segment,
 * and neither view climbs above the root; nor does what is sent upstream, wherever a route cuts.
 */
#include "canonical.h"
#include "fuzz.h"
#include "router.h"

#include <string.h>
#include <apr_strings.h>

#define CUTS 24 /* bytes of a path behind which a route may have ended */

static int has_dot_segment(const char *path)
{
    const char *s;

    for (s = path; *s != '\0'; s++)
        if (s[0] == '/' && s[1] == '.' &&
            (s[2] == '\0' || s[2] == '/' || (s[2] == '.' && (s[3] == '\0' || s[3] == '/'))))
            return 1;
    return 0;
}

static void check_form(const char *path)
{
    must(path[0] == '/');
    must(!has_dot_segment(path));
    must(strstr(path, "//") == NULL && strpbrk(path, "?#\\") == NULL);
}

static void path_is_below(const char *sent, const char *service_path)
{
    apr_size_t len = service_path != NULL ? strlen(service_path) : 0;

    check_form(sent);
    len -= len > 0 && service_path[len - 1] == '/';
    must(len == 0 || (strncmp(sent, service_path, len) == 0 && (sent[len] == '\0' || sent[len] == '/')));
}

/* What services of these paths are sent when a route's path has matched the first `cut` bytes, none of them included. */
static void check_upstream(const char *path, apr_size_t cut, apr_pool_t *p)
{
    static const char *const services[] = { NULL, "/", "/srv", "/srv/" };
    gw_route route = { .strip_path = 0 };
    const gw_match match = { .route = &route, .matched_len = cut, .by_regex = cut % 2 == 0 };
    const char *prefix;
    int i;

    for (i = 0; i < 8; i++) {
        const char *base = services[i / 2];

        route.strip_path = i % 2;
        path_is_below(gw_upstream_path(&prefix, base, path, &match, p), base);
        must(prefix == NULL || (route.strip_path && strlen(prefix) == cut && strncmp(prefix, path, cut) == 0));
    }
}

static void check_canonical(const char *raw, apr_pool_t *p)
{
    const char *why = NULL, *path = gw_path_canonical(&why, raw, p), *view;
    apr_size_t cut;

    if (path == NULL) {
        must(why != NULL);
        return;
    }
    check_form(path);
    must(gw_path_canonical(&why, path, p) == path);
    must(strcmp(gw_path_canonical(&why, gw_path_encode(path, p), p), path) == 0);
    must(gw_path_normalise(path, p) == path);
    for (cut = 0; cut <= CUTS && cut <= strlen(path); cut++)
        check_upstream(path, cut, p);
    view = gw_path_decoded_view(path, p);
    must(strlen(view) <= strlen(path));
    if (*view != '\0') {
        check_form(view);
        must(strstr(view, "%2F") == NULL && strstr(view, "%5C") == NULL && strchr(view, ';') == NULL);
        must(gw_path_canonical(&why, view, p) == view);
        must(gw_path_decoded_view(view, p) == view);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p;
    const char *raw, *normal;

    p = make_input_pool();
    raw = apr_pstrcat(p, "/", apr_pstrmemdup(p, (const char *)bytes, len), NULL);
    check_canonical(raw, p);
    normal = gw_path_normalise(raw, p);
    check_form(normal);
    must(gw_path_normalise(normal, p) == normal);
    must(gw_path_encode(gw_path_encode(raw, p), p) != NULL);
    apr_pool_destroy(p);
    return 0;
}
