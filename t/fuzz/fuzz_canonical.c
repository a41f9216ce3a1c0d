/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_canonical.c - any bytes as a path: canonical forms are fixed points, survive encoding, hold no dot segment,
 * and neither view climbs above the root.
 */
#include "canonical.h"
#include "fuzz.h"

#include <string.h>
#include <apr_strings.h>

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

static void check_canonical(const char *raw, apr_pool_t *p)
{
    const char *why = NULL, *path = gw_path_canonical(&why, raw, p), *view;

    if (path == NULL) {
        must(why != NULL);
        return;
    }
    check_form(path);
    must(gw_path_canonical(&why, path, p) == path);
    must(strcmp(gw_path_canonical(&why, gw_path_encode(path, p), p), path) == 0);
    must(gw_path_normalise(path, p) == path);
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
