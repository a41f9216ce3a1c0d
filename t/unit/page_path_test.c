/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for the web page: one flat folder, whatever a client writes; and the coding that it takes. */
#include "page_path.h"
#include "tap.h"

#include <string.h>

static const struct { const char *path; gw_page_kind kind; const char *name; int is_immutable; const char *why; } rows[] = {
    { "/ui/", GW_PAGE_FILE, "index.html", 0, "the page" },
    { "/ui/index.html", GW_PAGE_FILE, "index.html", 0, "the page by its name" },
    { "/ui/main.ABCD2345.js", GW_PAGE_FILE, "main.ABCD2345.js", 1, "a script with a hash" },
    { "/ui/style.ABCD2345.css", GW_PAGE_FILE, "style.ABCD2345.css", 1, "a stylesheet with a hash" },
    { "/ui/icon.svg", GW_PAGE_FILE, "icon.svg", 0, "a file without a hash" },
    { "/ui/main.short.js", GW_PAGE_FILE, "main.short.js", 0, "a word that is no hash" },
    { "/ui/a.b.ABCD2345.js", GW_PAGE_FILE, "a.b.ABCD2345.js", 0, "more words than a built name has" },
    { "/ui", GW_PAGE_NO_SLASH, NULL, 0, "without the slash" },
    { "/", GW_PAGE_NONE, NULL, 0, "the Admin API's root" },
    { "/uis", GW_PAGE_NONE, NULL, 0, "another word" },
    { "/ui-x/a.js", GW_PAGE_NONE, NULL, 0, "another folder" },
    { "/services/ui/", GW_PAGE_NONE, NULL, 0, "a row called ui" },
    { "/ui/..", GW_PAGE_UNKNOWN, NULL, 0, "the folder above" },
    { "/ui/../gw.conf", GW_PAGE_UNKNOWN, NULL, 0, "a file above" },
    { "/ui/%2e%2e/a.js", GW_PAGE_UNKNOWN, NULL, 0, "the folder above, encoded" },
    { "/ui/%2e%2e%2fa.js", GW_PAGE_UNKNOWN, NULL, 0, "and its slash" },
    { "/ui/a/b.js", GW_PAGE_UNKNOWN, NULL, 0, "a folder" },
    { "/ui//a.js", GW_PAGE_UNKNOWN, NULL, 0, "an empty folder" },
    { "/ui/.a.js", GW_PAGE_UNKNOWN, NULL, 0, "a hidden file" },
    { "/ui/a..js", GW_PAGE_UNKNOWN, NULL, 0, "two dots" },
    { "/ui/a.js.", GW_PAGE_UNKNOWN, NULL, 0, "a dot at the end" },
    { "/ui/js", GW_PAGE_UNKNOWN, NULL, 0, "an ending alone" },
    { "/ui/a.js.gz", GW_PAGE_UNKNOWN, NULL, 0, "what stands beside a file for those who take gzip" },
    { "/ui/a.php", GW_PAGE_UNKNOWN, NULL, 0, "a type that the page does not have" },
    { "/ui/a.js\\", GW_PAGE_UNKNOWN, NULL, 0, "a backslash" },
    { "/ui/a\x01.js", GW_PAGE_UNKNOWN, NULL, 0, "a control character" },
    { "/ui/\xc3\xa9.js", GW_PAGE_UNKNOWN, NULL, 0, "no ASCII" },
};

static const struct { const char *accepted; int want; const char *why; } codings[] = {
    { NULL, 0, "no header" },
    { "", 0, "an empty one" },
    { "gzip, deflate, br", 1, "what browsers send" },
    { "br,GZip;q=0.5", 1, "anywhere, in any case" },
    { "gzip;q=0", 0, "refused" },
    { "gzip ; q=0.000, br", 0, "refused, with spaces and zeros" },
    { "gzip;q=0.001", 1, "hardly wanted is wanted" },
    { "gzip;x=1;q=0", 0, "behind another parameter" },
    { "*", 1, "anything" },
    { "*;q=0", 0, "nothing" },
    { "gzip;q=0, *", 0, "anything but that" },
    { "*;q=0, gzip", 1, "nothing but that" },
    { "x-gzip2, gzipped", 0, "other words" },
    { "deflate;gzip", 0, "no coding but a parameter" },
    { ",,gzip", 1, "behind empty elements" },
};

int main(void)
{
    size_t i;

    for (i = 0; i < COUNT(codings); i++)
        is_int(gw_page_takes_gzip(codings[i].accepted), codings[i].want, codings[i].why);

    for (i = 0; i < COUNT(rows); i++) {
        gw_page_file file = { 0 };
        gw_page_kind kind = gw_page_find(&file, rows[i].path);

        is_int(kind, rows[i].kind, rows[i].why);
        if (kind != GW_PAGE_FILE)
            continue;
        is_str(file.name, rows[i].name, rows[i].why);
        is_int(file.is_immutable, rows[i].is_immutable, rows[i].why);
        ok(file.type != NULL && strchr(file.type, '/') != NULL, rows[i].why);
    }
    return done();
}
