/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_tap.h - what the tests of schemas share: JSON compared as JSON, rows processed as the Admin API does.
 */
#ifndef GW_T_SCHEMA_TAP_H
#define GW_T_SCHEMA_TAP_H

#include <stdlib.h>
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "tap.h"
#include "schema.h"

#define NOW apr_time_from_sec(1700000000)

static apr_pool_t *pool;

__attribute__((unused)) static void begin(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

__attribute__((unused)) static int end(void)
{
    apr_pool_destroy(pool);
    apr_terminate();
    return done();
}

/* New reference; a test whose own JSON is broken must not pass. */
__attribute__((unused)) static json_t *parse(const char *text)
{
    json_error_t why;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);

    if (value == NULL) {
        printf("Bail out! %s in %s\n", why.text, text);
        exit(2);
    }
    return value;
}

__attribute__((unused)) static const char *dump(const json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    const char *copy = text != NULL ? apr_pstrdup(pool, text) : "(none)";

    free(text);
    return copy;
}

/* Equal as JSON: the order of members does not count. */
__attribute__((unused)) static int is_json(const json_t *got, const char *want, const char *name)
{
    json_t *wanted = parse(want);
    int same = json_equal(got, wanted);

    if (!ok(same, name))
        printf("#      got: %s\n# expected: %s\n", dump(got), want);
    json_decref(wanted);
    return same;
}

/* The members of `want` are in `got`; others may be. */
__attribute__((unused)) static int has_json(const json_t *got, const char *want, const char *name)
{
    json_t *wanted = parse(want), *value;
    const char *member;
    int same = json_is_object(got);

    json_object_foreach (wanted, member, value)
        same = same && json_equal(json_object_get(got, member), value);
    if (!ok(same, name))
        printf("#      got: %s\n# expected: %s\n", dump(got), want);
    json_decref(wanted);
    return same;
}

/* One body and what is said of it: `fields` NULL = it is good and the row then holds `holds` (may be NULL). */
typedef struct schema_case {
    const char *body;
    const char *fields;
    const char *holds;
    const char *why;
} schema_case;

__attribute__((unused)) static void run_case(const gw_schema *schema, const schema_case *c, gw_write_kind kind)
{
    json_t *row = parse(c->body);
    const gw_error *err = gw_schema_process(schema, row, NULL, kind, GW_UNKNOWN_REFUSE, NOW, pool);

    if (c->fields != NULL)
        is_json(err != NULL ? err->fields : NULL, c->fields, c->why);
    else if (err != NULL || c->holds == NULL)
        is_str(err != NULL ? err->message : NULL, NULL, c->why);
    else
        has_json(row, c->holds, c->why);
    json_decref(row);
}

/* The same for strings of a form. */
__attribute__((unused)) static void run_form(const gw_schema *schema, const schema_case *c)
{
    json_t *row = parse(c->body);
    schema_case coerced = *c;

    gw_schema_coerce(schema, row, pool);
    coerced.body = dump(row);
    run_case(schema, &coerced, GW_WRITE_INSERT);
    json_decref(row);
}

#endif
