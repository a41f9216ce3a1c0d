/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_path.c - names are words of letters, digits, - and _, joined by single dots: no other folder can be meant, no
 * hidden file, and nothing that would have to be decoded.
 */
#include "page_path.h"

#include <string.h>
#include <strings.h>

#define ROOT "/ui"
#define ENTRY "index.html"
#define HASH_LEN 8 /* as admin-ui/build.mjs gives them */

static const char word_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const struct {
    const char *ending;
    const char *type;
} types[] = {
    { "html", "text/html; charset=utf-8" },
    { "js", "text/javascript; charset=utf-8" },
    { "css", "text/css; charset=utf-8" },
    { "svg", "image/svg+xml" },
};

/* The words of a name: how many, the length of the last but one, the start of the last. 0: no name. */
static int split_name(const char **ending, size_t *before, const char *name)
{
    size_t last = 0;
    int n = 0;

    for (;; name++) {
        size_t len = strspn(name, word_characters);

        if (len == 0)
            return 0;
        *before = last;
        *ending = name;
        last = len;
        n++;
        name += len;
        if (*name == '\0')
            return n;
        if (*name != '.')
            return 0;
    }
}

static gw_page_kind find_file(gw_page_file *file, const char *name)
{
    const char *ending;
    size_t before, i;
    int nwords = split_name(&ending, &before, name);

    for (i = 0; nwords > 1 && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(ending, types[i].ending) == 0) {
            file->name = name;
            file->type = types[i].type;
            file->is_immutable = nwords == 3 && before == HASH_LEN;
            return GW_PAGE_FILE;
        }
    }
    return GW_PAGE_UNKNOWN;
}

gw_page_kind gw_page_find(gw_page_file *file, const char *path)
{
    if (strncmp(path, ROOT, strlen(ROOT)) != 0)
        return GW_PAGE_NONE;
    path += strlen(ROOT);
    if (*path == '\0')
        return GW_PAGE_NO_SLASH;
    if (*path != '/')
        return GW_PAGE_NONE;
    return find_file(file, path[1] != '\0' ? path + 1 : ENTRY);
}

/* Between `at` and `end`, the parameters of one coding: q=0, q=0.0 and the like. */
static int is_refused(const char *at, const char *end)
{
    while (at < end && (at = memchr(at, ';', (size_t)(end - at))) != NULL) {
        at += 1 + strspn(at + 1, " \t");
        if ((*at == 'q' || *at == 'Q') && at[1] == '=') {
            const size_t len = strspn(at + 2, "0.");

            return len > 0 && (at[2 + len] == '\0' || strchr(";, \t", at[2 + len]) != NULL);
        }
    }
    return 0;
}

int gw_page_takes_gzip(const char *accepted)
{
    int takes_any = 0;

    while (accepted != NULL && *accepted != '\0') {
        const char *name = accepted + strspn(accepted, " \t,"), *end = name + strcspn(name, ",");
        const size_t len = strcspn(name, ";, \t");

        if (len == 4 && strncasecmp(name, "gzip", len) == 0)
            return !is_refused(name, end);
        if (len == 1 && *name == '*')
            takes_any = !is_refused(name, end);
        accepted = end;
    }
    return takes_any;
}
