/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_template.c - any text as a value with places: it is refused, or rendered within bounds; without "$(" it is itself.
 */
#include "arena.h"
#include "fuzz.h"
#include "transform_template.h"

#include <string.h>
#include <apr_strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const gw_template *template;
    const char *text, *value;
    gw_template_env env = { 0 };
    apr_table_t *headers;
    gw_arena *arena;
    apr_pool_t *p;

    p = make_input_pool();
    arena = gw_arena_make(0);
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    headers = apr_table_make(p, 2);
    apr_table_setn(headers, "X-A", text);
    env.headers = headers;
    env.query = text;
    if (gw_template_compile(&template, text, arena, p) == NULL) {
        value = gw_template_render(template, &env, p);
        if (strstr(text, "$(") == NULL && (value == NULL || strcmp(value, text) != 0))
            abort();
        if (gw_template_is_variable(template) != (strstr(text, "$(") != NULL))
            abort();
    }
    gw_arena_destroy(arena);
    apr_pool_destroy(p);
    return 0;
}
