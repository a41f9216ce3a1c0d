/* SPDX-License-Identifier: Apache-2.0 */
/* basic_header.c - see basic_header.h. */
#include "basic_header.h"

#include <string.h>
#include <strings.h>

#include "text.h"

int gw_basic_parse(gw_basic_pair *pair, const char *header, apr_pool_t *p)
{
    static const char scheme[] = "Basic";
    apr_size_t len = strspn(header, " \t");
    apr_ssize_t n;
    char *text, *colon;

    header += len;
    if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
        return 0;
    header += sizeof(scheme) - 1;
    if ((len = strspn(header, " \t")) == 0)
        return 0;
    header += len;
    len = strcspn(header, " \t");
    if (header[len + strspn(header + len, " \t")] != '\0')
        return 0;
    text = apr_palloc(p, len + 1);
    if ((n = gw_base64_decode_any((unsigned char *)text, header, len)) <= 0)
        return 0;
    text[n] = '\0';
    colon = strchr(text, ':');
    if (colon == NULL || colon == text || memchr(text, '\0', (apr_size_t)n) != NULL)
        return 0;
    *colon = '\0';
    pair->username = text;
    pair->password = colon + 1;
    return 1;
}
