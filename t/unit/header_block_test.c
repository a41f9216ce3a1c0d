/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/header_block.c: lines for an upstream joined into one text that nobody can break out of. */
#include "header_block.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "tap.h"

static const struct {
    const char *value, *want, *why;
} values[] = {
    { "", "", "nothing" },
    { "alice", "alice", "a short word" },
    { "01234567", "01234567", "as long as what is looked at in one go" },
    { "tab\there", "tab\there", "a tab alone is allowed in a field" },
    { "a\r\nX-Admin: 1", "a%0D%0AX-Admin: 1", "a line break becomes no header line" },
    { "0123456\n", "0123456%0A", "at the end of a word" },
    { "01234567\n", "01234567%0A", "just behind it" },
    { "\x01", "%01", "alone" },
    { "a\x7f", "a%7F", "DEL is a control character" },
    { "a\tb\nc", "a%09b%0Ac", "a tab goes with the others" },
    { "caf\xc3\xa9 \x80\xff!", "caf\xc3\xa9 \x80\xff!", "bytes above 127 stay" },
};

/* Each byte at each place of a word: only controls change. */
static int count_wrong_bytes(apr_pool_t *p)
{
    char text[12];
    int c, at, wrong = 0;

    for (c = 1; c < 256; c++)
        for (at = 0; at < 11; at++) {
            int is_control = (c < ' ' && c != '\t') || c == 0x7f;

            memset(text, '!', 11);
            text[11] = '\0';
            text[at] = (char)c;
            wrong += (gw_header_value(text, p) != text) != is_control;
        }
    return wrong;
}

static void test_block(apr_pool_t *p)
{
    gw_header_block block = { .n = 0 };
    int i;

    ok(gw_header_block_join(&block, p) == NULL, "an empty block has no text");
    GW_HEADER_BLOCK_ADD(&block, "X-Real-IP", "192.0.2.1", p);
    is_str(gw_header_block_join(&block, p), "192.0.2.1", "one line is its value");
    GW_HEADER_BLOCK_ADD(&block, "X-None", NULL, p);
    GW_HEADER_BLOCK_ADD(&block, "X-Empty", "", p);
    GW_HEADER_BLOCK_ADD(&block, "X-Name", "a\nb", p);
    is_str(gw_header_block_join(&block, p), "192.0.2.1\r\nX-Empty: \r\nX-Name: a%0Ab", "names stand before the others");
    gw_header_block_drop(&block, "x-real-ip");
    is_str(block.lines[0].name, "X-Empty", "a line is dropped whatever the case of its name");
    is_str(gw_header_block_join(&block, p), "\r\nX-Name: a%0Ab", "and the next one leads");
    gw_header_block_drop(&block, "X-Other");
    is_int(block.n, 2, "what is not there cannot be dropped");
    for (i = 0; i < 2 * GW_HEADER_BLOCK_LINES; i++)
        GW_HEADER_BLOCK_ADD(&block, "X-Many", "v", p);
    is_int(block.n, GW_HEADER_BLOCK_LINES, "a full block takes no more");
}

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(values); i++)
        is_str(gw_header_value(values[i].value, p), values[i].want, values[i].why);
    is_int(count_wrong_bytes(p), 0, "every byte at every place");
    test_block(p);
    apr_terminate();
    return done();
}
