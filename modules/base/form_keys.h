/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_keys.h - the grammar of form keys: `a.b[1].c=v` becomes a JSON object.
 *
 * Used by forms and multipart bodies of the Admin API and by the GwPlugin directive. Values stay strings here;
 * gw_schema_coerce gives them the types that their fields want. Pure; threads: any.
 *
 *   a=1            {"a":"1"}             a=1&a=2        {"a":["1","2"]}
 *   a.b=1          {"a":{"b":"1"}}       a[]=1          {"a":["1"]}
 *   a[1]=x&a[2]=y  {"a":["x","y"]}       a[1].b=x       {"a":[{"b":"x"}]}
 *   a=             {"a":null}            a              {"a":true}
 *
 * What the grammar does not cover ("headers[location]", ".x", "x.", more than GW_FORM_DEPTH segments) is a literal
 * key, which the schema then refuses as unknown. A list with a hole becomes an object, which no array field accepts.
 */
#ifndef GW_BASE_FORM_KEYS_H
#define GW_BASE_FORM_KEYS_H

#include <apr_pools.h>
#include <jansson.h>

#define GW_FORM_DEPTH 32

/* One decoded key and value; neither needs a NUL at its end. Borrowed. */
typedef struct gw_form_pair {
    const char *key;
    apr_size_t key_len;
    const char *value;
    apr_size_t value_len;
    int is_bare; /* a key without '=' */
} gw_form_pair;

/* The first pair whose key or value cannot be text (invalid UTF-8, NUL), or NULL. *why: the message for its value,
 * in p; NULL when it is the key that is bad. */
const gw_form_pair *gw_form_find_bad(const char **why, const gw_form_pair *pairs, int npairs, apr_pool_t *p);

/* The object that these pairs stand for: new reference. Pairs that gw_form_find_bad would name are left out.
 * `p` holds what is needed meanwhile. */
json_t *gw_form_object(const gw_form_pair *pairs, int npairs, apr_pool_t *p);

#endif
