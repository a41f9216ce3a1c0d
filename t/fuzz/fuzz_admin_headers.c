/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_admin_headers.c - any text as Host, Origin, If-Match, Accept-Encoding, offset and unit of an Admin API request:
 * no page of another site is trusted, no tag matches that is not there, numbers come back as they were written.
 */
#include "byte_units.h"
#include "fuzz.h"
#include "origin_check.h"
#include "page_offset.h"
#include "page_path.h"
#include "row_etag.h"
#include "urlencoded.h"

#include <string.h>
#include <strings.h>
#include <apr_strings.h>

/* A name that DNS resolves and nobody has listed could lead here by rebinding; addresses begin with no other letter. */
static void check_host(const char *text, apr_pool_t *p)
{
    const char *foreign = apr_pstrcat(p, "x", text, ".example", NULL);

    must(!gw_host_is_known(foreign, "machine", "server", NULL));
    gw_host_is_known(text, text, NULL, NULL);
}

static void check_origin(const char *text, apr_pool_t *p)
{
    gw_origin_facts facts = { .origin = text, .scheme = "http", .host = "gw:8001" };

    must(gw_origin_judge(&facts) != GW_ORIGIN_TRUSTED || strcasecmp(text, "http://gw:8001") == 0);
    facts.fetch_site = "cross-site";
    must(gw_origin_judge(&facts) == GW_ORIGIN_REFUSED);
    facts.fetch_site = text;
    facts.origin = "http://elsewhere";
    must(gw_origin_judge(&facts) == GW_ORIGIN_REFUSED || strcmp(text, "same-origin") == 0);
    facts.fetch_site = NULL;
    facts.host = text;
    must(gw_origin_judge(&facts) != GW_ORIGIN_TRUSTED || strcasecmp(text, "elsewhere") == 0
         || strcasecmp(text, "elsewhere:80") == 0);
    facts.origin = apr_pstrcat(p, "http://", text, NULL);
    must(gw_origin_judge(&facts) == GW_ORIGIN_TRUSTED);
}

static void check_tag(const char *text)
{
    static const char etag[] = "\"0123456789abcdef\"";
    const int strong = gw_etag_matches(text, etag, 0), weak = gw_etag_matches(text, etag, 1);

    must(!strong || weak);
    must(!weak || strchr(text, '*') != NULL || strstr(text, "\"0123456789abcdef") != NULL);
}

static void check_numbers(const char *text, apr_pool_t *p)
{
    apr_int64_t number, again;
    gw_byte_unit unit;
    json_t *shown;

    if (gw_number_offset_parse(&number, text, p) == NULL) {
        must(number > 0);
        must(gw_number_offset_parse(&again, gw_number_offset_format(number, p), p) == NULL && again == number);
    }
    if (gw_byte_unit_parse(&unit, text, text, p) == NULL || gw_byte_unit_parse(&unit, "g", text, p) == NULL) {
        shown = gw_bytes_format(&unit, 1048576, p);
        must(shown != NULL);
        json_decref(shown);
    }
}

static void check_coding(const char *text, apr_pool_t *p)
{
    gw_page_takes_gzip(text);
    must(!gw_page_takes_gzip(apr_pstrcat(p, "gzip;q=0,", text, NULL)));
    must(gw_page_takes_gzip(apr_pstrcat(p, "gzip,", text, NULL)));
}

static void check_segment(const char *text, size_t len, apr_pool_t *p)
{
    const char *decoded = gw_segment_decode(text, len, p), *escaped;

    if (decoded == NULL)
        return;
    escaped = gw_urlencoded_escape(decoded, p);
    must(strcmp(gw_segment_decode(escaped, strlen(escaped), p), decoded) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p;
    const char *text;

    p = make_input_pool();
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    check_host(text, p);
    check_origin(text, p);
    check_tag(text);
    check_numbers(text, p);
    check_segment(text, strlen(text), p);
    check_coding(text, p);
    apr_pool_destroy(p);
    return 0;
}
