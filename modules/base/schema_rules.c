/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_rules.c - checks over several fields of a row: at least one, all or none, if this then that.
 * They run after the fields' own checks; some are pointless, and skipped, when a field they need is wrong already.
 */
#include "schema_impl.h"

#include <string.h>
#include <apr_strings.h>
#include <apr_tables.h>

/* One rule being judged. */
typedef struct judgement {
    const gw_check_scope *scope;
    const gw_schema *schema;
    const gw_rule *rule;
    const json_t *object;
    gw_errors *errors;
} judgement;

typedef void rule_fn(const judgement *j);

/* "a" of "a.b" is a field of this schema? */
static int has_first_segment(const gw_schema *schema, const char *name, const char *dot)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        if (strncmp(field->name, name, (size_t)(dot - name)) == 0 && field->name[dot - name] == '\0')
            return 1;
    }
    return 0;
}

/* A rule may say "config.allow" inside the schema of config: there it is "allow". */
static const char *local_name(const judgement *j, const char *name)
{
    const char *dot = strchr(name, '.');

    return dot == NULL || has_first_segment(j->schema, name, dot) ? name : dot + 1;
}

static const json_t *get_value(const judgement *j, const char *name)
{
    const json_t *node = j->object;
    char *rest = apr_pstrdup(j->scope->p, local_name(j, name)), *dot;

    while ((dot = strchr(rest, '.')) != NULL) {
        *dot = '\0';
        node = json_object_get(node, rest);
        rest = dot + 1;
    }
    return json_object_get(node, rest);
}

static int is_empty(const json_t *value)
{
    if (json_is_string(value))
        return json_string_length(value) == 0;
    if (json_is_array(value))
        return json_array_size(value) == 0;
    if (json_is_object(value))
        return json_object_size(value) == 0;
    return gw_json_is_null(value);
}

static int count_filled(const judgement *j)
{
    int i, n = 0;

    for (i = 0; i < 8 && j->rule->fields[i] != NULL; i++)
        n += !is_empty(get_value(j, j->rule->fields[i]));
    return n;
}

static int count_fields(const gw_rule *rule)
{
    int n = 0;

    while (n < 8 && rule->fields[n] != NULL)
        n++;
    return n;
}

static int has_failed(const judgement *j)
{
    int i;

    for (i = 0; i < 8 && j->rule->fields[i] != NULL; i++) {
        if (gw_errors_at(j->errors, local_name(j, j->rule->fields[i])) != NULL)
            return 1;
    }
    return 0;
}

/* "text: 'a', 'b'" under @entity. */
static void refuse_fields(const judgement *j, const char *text)
{
    int i;

    for (i = 0; i < 8 && j->rule->fields[i] != NULL; i++)
        text = apr_pstrcat(j->scope->p, text, i > 0 ? ", '" : ": '", j->rule->fields[i], "'", NULL);
    gw_errors_entity(j->errors, text);
}

static void check_at_least_one(const judgement *j)
{
    if (count_filled(j) == 0)
        refuse_fields(j, j->scope->kind == GW_WRITE_UPDATE
                             ? "when updating, at least one of these fields must be non-empty"
                             : "at least one of these fields must be non-empty");
}

static void check_only_one(const judgement *j)
{
    if (count_filled(j) != 1)
        refuse_fields(j, "exactly one of these fields must be non-empty");
}

static void check_mutually_required(const judgement *j)
{
    int n = count_filled(j);

    if (!has_failed(j) && n != 0 && n != count_fields(j->rule))
        refuse_fields(j, "all or none of these fields must be set");
}

static void check_mutually_exclusive(const judgement *j)
{
    if (!has_failed(j) && count_filled(j) > 1)
        refuse_fields(j, "only one or none of these fields must be set");
}

static void check_distinct(const judgement *j)
{
    int i, k;

    for (i = 0; i < 8 && j->rule->fields[i] != NULL; i++) {
        const json_t *value = get_value(j, j->rule->fields[i]);

        for (k = 0; k < i; k++) {
            if (!gw_json_is_null(value) && json_equal(value, get_value(j, j->rule->fields[k]))) {
                refuse_fields(j, "values of these fields must be distinct");
                return;
            }
        }
    }
}

/* Does a value satisfy an anonymous description? NULL or a message. */
static const char *match(const judgement *j, const gw_field *want, const json_t *value)
{
    if (gw_json_is_null(value))
        return want->flags & GW_REQUIRED ? "required field missing" : NULL;
    if (want->flags & GW_NULL_ONLY)
        return "value must be null";
    return gw_limits_check(want, value, j->scope->p);
}

static int is_lifted(const judgement *j)
{
    int i;

    for (i = 0; i < 2 && j->rule->unless[i] != NULL; i++)
        if (!gw_json_is_null(get_value(j, j->rule->unless[i])))
            return 1;
    return 0;
}

static void check_conditional(const judgement *j)
{
    const gw_rule *rule = j->rule;
    const json_t *given = get_value(j, rule->if_field);
    const char *message;

    if (is_lifted(j))
        return;

    if (gw_json_is_null(given) && !(rule->if_match->flags & GW_NULL_ONLY))
        return;
    if (rule->if_match->has_gt && !json_is_number(given)) /* limits pass what is none of their type */
        return;
    if (match(j, rule->if_match, given) != NULL)
        return;
    message = match(j, rule->then_match, get_value(j, rule->then_field));
    if (message == NULL)
        return;
    gw_errors_field(j->errors, local_name(j, rule->then_field), message);
    gw_errors_entity(j->errors, apr_psprintf(j->scope->p, "failed conditional validation given value of field '%s'",
                                             rule->if_field));
}

static void check_custom(const judgement *j)
{
    if (!has_failed(j))
        j->rule->check(j->object, j->errors, j->scope->p);
}

static rule_fn *const kinds[] = {
    [GW_AT_LEAST_ONE_OF] = check_at_least_one,
    [GW_ONLY_ONE_OF] = check_only_one,
    [GW_MUTUALLY_REQUIRED] = check_mutually_required,
    [GW_MUTUALLY_EXCLUSIVE] = check_mutually_exclusive,
    [GW_DISTINCT] = check_distinct,
    [GW_CONDITIONAL] = check_conditional,
    [GW_CUSTOM] = check_custom,
};

/* Does the rule speak of the row around the record that is called `outer` there? */
static int is_outer(const gw_rule *rule, const char *outer)
{
    const char *name = rule->fields[0] != NULL ? rule->fields[0] : rule->if_field;
    apr_size_t len = outer != NULL ? strlen(outer) : 0;

    return rule->kind != GW_CUSTOM && outer != NULL && name != NULL && strncmp(name, outer, len) == 0 &&
           name[len] == '.';
}

void gw_rules_check(const gw_check_scope *scope, const gw_schema *schema, const json_t *object, const char *outer,
                    gw_errors *errors)
{
    judgement j = { .scope = scope, .schema = schema, .object = object, .errors = errors };

    for (j.rule = schema->rules; j.rule != NULL && !gw_rule_is_end(j.rule); j.rule++) {
        if (!is_outer(j.rule, outer))
            kinds[j.rule->kind](&j);
    }
}

void gw_rules_check_outer(const gw_check_scope *scope, const gw_schema *record, const json_t *entity, const char *outer,
                          gw_errors *errors)
{
    /* A schema of one field, so that "config.allow" is found in the row. */
    const gw_field around[] = { { .name = outer, .type = GW_T_RECORD }, { .name = NULL } };
    const gw_schema row = { .fields = around };
    judgement j = { .scope = scope, .schema = &row, .object = entity, .errors = errors };

    for (j.rule = record->rules; j.rule != NULL && !gw_rule_is_end(j.rule); j.rule++) {
        if (is_outer(j.rule, outer))
            kinds[j.rule->kind](&j);
    }
}
