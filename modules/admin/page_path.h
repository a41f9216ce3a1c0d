/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_path.h - which file of the web page a request asks for, and in which coding. The page is one flat folder. Pure.
 */
#ifndef GW_ADMIN_PAGE_PATH_H
#define GW_ADMIN_PAGE_PATH_H

typedef enum gw_page_kind {
    GW_PAGE_NONE,     /* not of the page: the Admin API's own */
    GW_PAGE_NO_SLASH, /* /ui: relative names need /ui/ */
    GW_PAGE_FILE,
    GW_PAGE_UNKNOWN   /* below /ui/, but no name that a file of the page can have */
} gw_page_kind;

typedef struct gw_page_file {
    const char *name;  /* in the folder; points into the path, or is static */
    const char *type;  /* Content-Type */
    int is_immutable;  /* its name has a hash of its content: NAME.HASH.ENDING */
} gw_page_file;

/* `path` as in the request line, still percent-encoded. *file is set for GW_PAGE_FILE alone. */
gw_page_kind gw_page_find(gw_page_file *file, const char *path);
/* Does Accept-Encoding (NULL = not sent) take gzip (RFC 9110, 12.5.3)? */
int gw_page_takes_gzip(const char *accepted);

#endif
