/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_template_test.c - values with places: what is one, and what it becomes.
 */
#include "arena.h"
#include "schema_tap.h"
#include "transform_template.h"

static void check_rendering(void)
{
    static const struct { const char *text, *want, *why; } rows[] = {
        { "", "", "nothing" },
        { "plain", "plain", "no places" },
        { "$ $$ ) $x", "$ $$ ) $x", "dollars of their own" },
        { "$(headers.host)", "h.example", "a header" },
        { "$(headers.HOST)", "h.example", "in any case" },
        { "$(headers.x_user)", "alice", "an underscore for a dash" },
        { "$(headers[\"X-User\"])", "alice", "in brackets" },
        { "$(headers['X-User'])", "alice", "other quotes" },
        { "<$(headers.x_user)|$(query_params.a)>", "<alice|1 2>", "two places in a text" },
        { "$(query_params.a)", "1 2", "an argument, decoded; the first of two" },
        { "$(query_params.flag)", "", "a flag" },
        { "$(query_params[\"b[]\"])", "x", "a name that is no word" },
        { "$(uri_captures.id)", "7", "a capture" },
        { "$(uri_captures[1])", "first", "by its number" },
        { "$(uri_captures[2])", NULL, "a number that there is not" },
        { "$(uri_captures[0])", NULL, "they count from one" },
        { "$(headers.nope)", NULL, "nothing to fill it from" },
        { "a$(headers.nope)b", NULL, "nor the text around it" },
        { "$(headers.nope or 'else')", "else", "a word instead" },
        { "$( headers.nope or query_params.nope or headers.host )", "h.example", "the third, with blanks" },
        { "$(headers.host or 'else')", "h.example", "the first that there is" },
        { "$('a word')", "a word", "a word alone" },
        { "$(\"it's\")", "it's", "the other quote in a word" },
        { "$('$(headers.host)')", "$(headers.host)", "no place in a word" },
    };
    apr_table_t *headers = apr_table_make(pool, 4);
    json_t *captures = parse("{\"named\":{\"id\":\"7\"},\"unnamed\":[\"first\"]}");
    const gw_template_env env = { headers, "a=1%202&a=3&flag&b%5B%5D=x", captures };
    gw_arena *arena = gw_arena_make(0);
    const gw_template *template;

    apr_table_setn(headers, "Host", "h.example");
    apr_table_setn(headers, "X-User", "alice");
    for (size_t i = 0; i < COUNT(rows); i++) {
        is_str(gw_template_compile(&template, rows[i].text, arena, pool), NULL, rows[i].text);
        is_str(gw_template_render(template, &env, pool), rows[i].want, rows[i].why);
    }
    template = gw_template_literal("$(headers.host)", arena);
    is_str(gw_template_render(template, &env, pool), "$(headers.host)", "a literal is taken as it is");
    ok(!gw_template_is_variable(template), "and has no places");
    gw_arena_destroy(arena);
    json_decref(captures);
}

static void check_refusals(void)
{
    static const char *const rows[] = {
        "$(", "$()", "$(headers", "$(headers)", "$(headers.)", "$(headers.a", "$(headers[", "$(headers[])", "$(headers[a])",
        "$(headers[\"a])", "$(headers[\"a\")", "$(headers[1)", "$(other.a)", "$(os.exit())", "$(headers.a or)",
        "$(headers.a or or 'b')", "$(headers.a and 'b')", "$(headers.a 'b')", "$('a)", "$(headersa.b)", "a$(b", "$(headers.a orx)",
    };
    gw_arena *arena = gw_arena_make(0);
    const gw_template *template;

    for (size_t i = 0; i < COUNT(rows); i++)
        ok(gw_template_compile(&template, rows[i], arena, pool) != NULL, rows[i]);
    gw_arena_destroy(arena);
}

int main(void)
{
    begin();
    check_rendering();
    check_refusals();
    return end();
}
