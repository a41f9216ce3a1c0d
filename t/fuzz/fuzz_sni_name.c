/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_sni_name.c - a name as a client may say it, and as somebody may store it. A stored name without wildcard is the
 * first form of itself; every form that has a wildcard may be stored.
 */
#include "fuzz.h"
#include "sni_name.h"

#include <string.h>
#include <apr_strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p;
    gw_sni_forms forms;
    const char *name;
    json_t *value;
    int i, is_good;

    p = make_input_pool();
    name = apr_pstrmemdup(p, (const char *)bytes, len);
    gw_sni_forms_of(&forms, name);
    must(forms.n >= 1 && forms.n <= 4 && strcmp(forms.text[forms.n - 1], "*") == 0);
    for (i = 0; i < forms.n; i++)
        must(strlen(forms.text[i]) <= GW_SNI_MAX + 2);
    value = json_string_nocheck(gw_sni_normal(name, p));
    is_good = *name != '\0' && gw_check_sni_pattern(value, NULL, p) == NULL;
    gw_sni_can_match(json_string_value(value));
    if (is_good && strchr(name, '*') == NULL)
        must(strcmp(forms.text[0], json_string_value(value)) == 0);
    for (i = 1; is_good && i < forms.n; i++)
        must(gw_sni_can_match(forms.text[i]));
    json_decref(value);
    apr_pool_destroy(p);
    return 0;
}
