/* SPDX-License-Identifier: Apache-2.0 */
/*
 * static_plugin.c - GwPlugin's words read as a form is: the same keys, coercion, defaults and checks.
 */
#include "static_plugin.h"

#include <string.h>
#include <apr_strings.h>

#include "form_keys.h"
#include "schema.h"

#define MAX_WORDS 256

static gw_form_pair split_word(const char *word)
{
    const char *equals = strchr(word, '=');
    gw_form_pair pair = { 0 };

    if (strncmp(word, "config.", 7) == 0)
        word += 7;
    pair.key = word;
    pair.key_len = equals && equals >= word ? (apr_size_t)(equals - word) : strlen(word);
    pair.is_bare = equals == NULL;
    pair.value = equals ? equals + 1 : "";
    pair.value_len = strlen(pair.value);
    return pair;
}

const char *gw_static_plugin_parse(json_t **config, const gw_schema *schema, const char *const *words, int nwords,
                                   apr_pool_t *p)
{
    gw_form_pair *pairs;
    const gw_form_pair *bad;
    const gw_error *err;
    const char *why = NULL;
    json_t *object;
    int i;

    if (nwords > MAX_WORDS)
        return apr_psprintf(p, "more than %d settings", MAX_WORDS);
    pairs = apr_pcalloc(p, sizeof(*pairs) * (apr_size_t)(nwords ? nwords : 1));
    for (i = 0; i < nwords; i++) {
        pairs[i] = split_word(words[i]);
        if (pairs[i].is_bare || pairs[i].key_len == 0)
            return apr_psprintf(p, "\"%s\": write it as key=value", words[i]);
    }
    if ((bad = gw_form_find_bad(&why, pairs, nwords, p)) != NULL)
        return apr_psprintf(p, "%.*s: %s", (int)bad->key_len, bad->key, why ? why : "not UTF-8");
    object = gw_form_object(pairs, nwords, p);
    gw_schema_coerce(schema, object, p);
    err = gw_schema_process(schema, object, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, apr_time_now(), p);
    if (err) {
        json_decref(object);
        return err->message;
    }
    *config = object;
    return NULL;
}
