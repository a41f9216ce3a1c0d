/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_parse.c - JSON from strangers: what two parsers could read differently is refused (RFC 8259, RFC 8725 2.4).
 */
#include "text.h"

/* 1 when brackets nest deeper than `depth`. Strings are skipped as a JSON lexer would; text that is no JSON may be
 * judged either way, the parser refuses it anyhow. */
static int is_deeper_than(const char *text, apr_size_t len, int depth)
{
    int in_string = 0, level = 0;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        char c = text[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = 0;
        }
        else if (c == '"')
            in_string = 1;
        else if (c == '[' || c == '{') {
            if (++level > depth)
                return 1;
        }
        else if (c == ']' || c == '}')
            level--;
    }
    return 0;
}

json_t *gw_json_parse(const char *text, apr_size_t len, int depth)
{
    if (is_deeper_than(text, len, depth))
        return NULL;
    /* Without JSON_DISABLE_EOF_CHECK trailing bytes are refused, without JSON_ALLOW_NUL \u0000 is;
     * UTF-8 is checked always. */
    return json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}
