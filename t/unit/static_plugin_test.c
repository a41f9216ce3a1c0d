/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/static_plugin.c: the words after GwPlugin NAME. */
#include "static_plugin.h"

#include <stdlib.h>
#include <apr_general.h>

#include "tap.h"

static const gw_field word = { .type = GW_T_STRING };
static const gw_field limits_fields[] = {
    { .name = "minute", .type = GW_T_INTEGER, GW_BETWEEN(1, 1000) },
    { .name = NULL },
};
static const gw_schema limits = { .name = "limits", .fields = limits_fields };
static const gw_field fields[] = {
    { .name = "names", .type = GW_T_ARRAY, .element = &word, .flags = GW_COMMA_LIST, .dflt = "[\"apikey\"]" },
    { .name = "hide", .type = GW_T_BOOLEAN, .dflt = "false" },
    { .name = "limits", .type = GW_T_RECORD, .record = &limits },
    { .name = "path", .type = GW_T_STRING, .starts_with = "/" },
    { .name = NULL },
};
static const gw_schema schema = { .name = "toy", .fields = fields };

static const struct {
    const char *words[4];
    const char *want; /* the config, or what is wrong after "!" */
    const char *why;
} rows[] = {
    { { NULL }, "{\"names\":[\"apikey\"],\"hide\":false,\"limits\":null,\"path\":null}", "nothing: defaults" },
    { { "names=a,b", "hide=true" },
      "{\"names\":[\"a\",\"b\"],\"hide\":true,\"limits\":null,\"path\":null}", "a list with commas; a boolean" },
    { { "names[]=a", "names[]=b" },
      "{\"names\":[\"a\",\"b\"],\"hide\":false,\"limits\":null,\"path\":null}", "a list with brackets" },
    { { "limits.minute=60" },
      "{\"names\":[\"apikey\"],\"hide\":false,\"limits\":{\"minute\":60},\"path\":null}", "a nested field" },
    { { "config.hide=true" },
      "{\"names\":[\"apikey\"],\"hide\":true,\"limits\":null,\"path\":null}", "with config. before it" },
    { { "path=/a=b" },
      "{\"names\":[\"apikey\"],\"hide\":false,\"limits\":null,\"path\":\"/a=b\"}", "the first = separates" },
    { { "hide=yes" }, "!schema violation (hide: expected a boolean)", "the Admin API's message" },
    { { "limits.minute=0" }, "!schema violation (limits.minute: value should be between 1 and 1000)", "nested too" },
    { { "nosuch=1" }, "!schema violation (nosuch: unknown field)", "an unknown field" },
    { { "hide" }, "!\"hide\": write it as key=value", "a bare word" },
    { { "=x" }, "!\"=x\": write it as key=value", "no key" },
    { { "config.=x" }, "!\"config.=x\": write it as key=value", "no key after config." },
    { { "path=x", "hide=1" },
      "!2 schema violations (hide: expected a boolean; path: should start with: /)", "several at once" },
};

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(rows); i++) {
        json_t *config = NULL;
        int n = 0;
        const char *err;

        while (n < 4 && rows[i].words[n])
            n++;
        err = gw_static_plugin_parse(&config, &schema, rows[i].words, n, p);
        if (*rows[i].want == '!') {
            is_str(err, rows[i].want + 1, rows[i].why);
            ok(config == NULL, "and no config");
        } else {
            char *text = config ? json_dumps(config, JSON_COMPACT) : NULL;

            is_str(err ? err : text, rows[i].want, rows[i].why);
            free(text);
        }
        json_decref(config);
    }
    apr_terminate();
    return done();
}
