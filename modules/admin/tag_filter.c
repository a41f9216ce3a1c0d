/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tag_filter.c - one separator a filter, at most five tags, printable text only.
 */
#include "tag_filter.h"

#include <apr_strings.h>
#include <string.h>

#include "text.h"

#define MAX_TAGS 5

static int is_printable(const char *s, apr_size_t len)
{
    const char *end = s + len;

    for (; s < end; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return 0;
    return 1;
}

const char *gw_tag_filter_parse(gw_tag_filter *filter, const char *text, apr_size_t len, apr_pool_t *p)
{
    const char **tags = apr_pcalloc(p, (MAX_TAGS + 1) * sizeof(*tags));
    int is_any = strchr(text, '/') != NULL;
    const char *separator = is_any ? "/" : ",";
    int n = 0;

    if (len == 0)
        return "cannot be null";
    if ((is_any && strchr(text, ',') != NULL) || !is_printable(text, len) || !gw_utf8_is_valid(text, len))
        return "invalid filter syntax";
    for (;;) {
        apr_size_t tag_len = strcspn(text, separator);

        if (tag_len == 0)
            return "invalid filter syntax";
        if (n == MAX_TAGS)
            return "cannot query more than 5 tags";
        tags[n++] = apr_pstrmemdup(p, text, tag_len);
        text += tag_len;
        if (*text == '\0')
            break;
        text++;
    }
    filter->tags = tags;
    filter->is_any = is_any;
    return NULL;
}
