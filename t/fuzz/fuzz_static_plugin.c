/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_static_plugin.c - the words after GwPlugin NAME, one a line. Holds: a config that passed is an object with every
 * field of the schema, or there is a message and no config.
 */
#include <stdlib.h>
#include <string.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "fuzz.h"
#include "static_plugin.h"

static const gw_field word = { .type = GW_T_STRING };
static const gw_field limits_fields[] = {
    { .name = "minute", .type = GW_T_INTEGER, GW_BETWEEN(1, 1000) },
    { .name = "names", .type = GW_T_SET, .element = &word },
    { .name = NULL },
};
static const gw_schema limits = { .name = "limits", .fields = limits_fields };
static const gw_field limit = { .type = GW_T_RECORD, .record = &limits };
static const gw_field fields[] = {
    { .name = "names", .type = GW_T_ARRAY, .element = &word, .flags = GW_COMMA_LIST, .dflt = "[\"apikey\"]" },
    { .name = "hide", .type = GW_T_BOOLEAN, .dflt = "false" },
    { .name = "limits", .type = GW_T_RECORD, .record = &limits },
    { .name = "list", .type = GW_T_ARRAY, .element = &limit },
    { .name = "map", .type = GW_T_MAP, .keys = &word, .element = &word },
    { .name = "number", .type = GW_T_NUMBER, GW_BETWEEN(0, 1) },
    { .name = NULL },
};
static const gw_schema schema = { .name = "toy", .fields = fields };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *words[64];
    json_t *config = NULL;
    apr_pool_t *p;
    const char *err;
    char *text, *line;
    int n = 0;

    apr_initialize();
    apr_pool_create(&p, NULL);
    text = apr_pstrmemdup(p, (const char *)data, size);
    while (n < 64 && text) {
        line = text;
        if ((text = strchr(text, '\n')) != NULL)
            *text++ = '\0';
        words[n++] = line;
    }
    err = gw_static_plugin_parse(&config, &schema, words, n, p);
    if (err ? config != NULL || *err == '\0' : !json_is_object(config) || json_object_size(config) != 6)
        abort();
    json_decref(config);
    apr_pool_destroy(p);
    return 0;
}
