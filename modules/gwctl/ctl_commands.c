/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl_commands.c - export, diff, apply, status, migrate.
 */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gw_ctl_exit gw_ctl_export(const gw_ctl_options *options)
{
    gw_ctl_answer answer;
    gw_ctl_exit rc = gw_ctl_send(&answer, &options->server, "/declarative/export", NULL);

    if (rc != GW_CTL_DONE)
        return rc;
    rc = answer.status == 200 ? gw_ctl_write(options->output, answer.body, answer.len)
                              : gw_ctl_tell_refusal(&options->server, &answer);
    free(answer.body);
    return rc;
}

/* The file as a body; 0 when it cannot be read (told). */
static int open_document(gw_ctl_body *document, const char *name)
{
    char *bytes = gw_ctl_read_file(&document->len, name);

    document->bytes = bytes;
    if (bytes != NULL)
        document->type = gw_ctl_type_of(name, bytes, document->len);
    return bytes != NULL;
}

static gw_ctl_exit fetch_plan(json_t **plan, const gw_ctl_options *options, const gw_ctl_body *document)
{
    return gw_ctl_call(plan, &options->server, "/declarative/diff?flatten_errors=1", document, 0);
}

gw_ctl_exit gw_ctl_diff(const gw_ctl_options *options)
{
    gw_ctl_body document;
    gw_ctl_exit rc;
    json_t *plan;

    if (!open_document(&document, options->args[0]))
        return GW_CTL_USAGE;
    rc = fetch_plan(&plan, options, &document);
    if (rc == GW_CTL_DONE && gw_ctl_show_plan(plan, options->is_pruning))
        rc = GW_CTL_DIFFERS;
    json_decref(plan);
    free((char *)document.bytes);
    return rc;
}

/* 1: it has a database; 0: it is declarative, all is replaced at once. -1: told. */
static int has_database(gw_ctl_exit *rc, const gw_ctl_server *server)
{
    const char *database;
    json_t *root;
    int answer;

    if ((*rc = gw_ctl_call(&root, server, "/", NULL, 0)) != GW_CTL_DONE)
        return -1;
    database = json_string_value(json_object_get(json_object_get(root, "configuration"), "database"));
    answer = database == NULL || strcmp(database, "off") != 0;
    json_decref(root);
    return answer;
}

gw_ctl_exit gw_ctl_offer(const gw_ctl_options *options, const gw_ctl_body *document)
{
    gw_ctl_exit rc;
    json_t *plan, *done;
    int with_database = has_database(&rc, &options->server), is_pruning = options->is_pruning || !with_database;
    int is_needed;

    if (with_database < 0 || (rc = fetch_plan(&plan, options, document)) != GW_CTL_DONE)
        return rc;
    is_needed = gw_ctl_show_plan(plan, is_pruning);
    json_decref(plan);
    if (!is_needed)
        return GW_CTL_DONE;
    if (!options->is_yes && !gw_ctl_ask("Put this in force?"))
        return GW_CTL_DECLINED;
    rc = gw_ctl_call(&done, &options->server,
                     !with_database ? "/config?flatten_errors=1"
                     : is_pruning   ? "/declarative/apply?flatten_errors=1&prune=true"
                                    : "/declarative/apply?flatten_errors=1",
                     document, 0);
    json_decref(done);
    if (rc == GW_CTL_DONE)
        puts("in force");
    return rc;
}

gw_ctl_exit gw_ctl_apply(const gw_ctl_options *options)
{
    gw_ctl_body document;
    gw_ctl_exit rc;

    if (!open_document(&document, options->args[0]))
        return GW_CTL_USAGE;
    rc = gw_ctl_offer(options, &document);
    free((char *)document.bytes);
    return rc;
}

/* ---- status ---- */

static void print_fact(const char *name, const json_t *value)
{
    char *text = json_is_string(value) ? strdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY);

    printf("%-14s", name);
    gw_ctl_print(value != NULL && text != NULL ? text : "-");
    putchar('\n');
    free(text);
}

/* 1 when all is well. */
static int print_gateway(const json_t *status)
{
    const json_t *gateway = json_object_get(status, "gateway"), *warnings = json_object_get(gateway, "warnings");
    const json_t *reachable = json_object_get(json_object_get(status, "database"), "reachable");
    json_t *warning;
    size_t i;

    if (reachable != NULL)
        print_fact("reachable", reachable);
    else
        print_fact("hash", json_object_get(status, "configuration_hash"));
    print_fact("generation", json_object_get(gateway, "generation"));
    printf("%-14s%zu\n", "children", json_array_size(json_object_get(gateway, "children")));
    json_array_foreach ((json_t *)warnings, i, warning)
        print_fact("warning", json_object_get(warning, "message"));
    return reachable == NULL || json_is_true(reachable);
}

/* 1 when all is well. */
static int print_migrations(const json_t *migrations)
{
    json_int_t pending = json_integer_value(json_object_get(migrations, "pending"));
    int is_ahead = json_is_true(json_object_get(migrations, "ahead"));

    gw_ctl_print(json_string_value(json_object_get(migrations, "report")));
    printf("\npending       %lld\n", (long long)pending);
    if (is_ahead)
        puts("the database is newer than the gateway");
    return pending == 0 && !is_ahead;
}

gw_ctl_exit gw_ctl_status(const gw_ctl_options *options)
{
    json_t *root = NULL, *status = NULL;
    gw_ctl_exit rc = gw_ctl_call(&root, &options->server, "/", NULL, 0);
    int is_well = 1;

    if (rc == GW_CTL_DONE)
        rc = gw_ctl_call(&status, &options->server, "/status", NULL, 0);
    if (rc == GW_CTL_DONE) {
        print_fact("version", json_object_get(json_object_get(status, "gateway"), "version"));
        print_fact("api", json_object_get(root, "version"));
        print_fact("node", json_object_get(root, "node_id"));
        print_fact("database", json_object_get(json_object_get(root, "configuration"), "database"));
        is_well = print_gateway(status);
    }
    json_decref(root);
    json_decref(status);
    return rc == GW_CTL_DONE && !is_well ? GW_CTL_DIFFERS : rc;
}

gw_ctl_exit gw_ctl_migrate(const gw_ctl_options *options)
{
    static const gw_ctl_body nothing = { "application/json", "{}", 2 };
    int is_up = strcmp(options->args[0], "up") == 0;
    json_t *migrations;
    gw_ctl_exit rc;

    if (!is_up && strcmp(options->args[0], "status") != 0) {
        gw_ctl_complain("migrate takes status or up, not %s", options->args[0]);
        return GW_CTL_USAGE;
    }
    rc = gw_ctl_call(&migrations, &options->server, "/migrations", is_up ? &nothing : NULL, 0);
    if (rc == GW_CTL_DONE && !print_migrations(migrations))
        rc = GW_CTL_DIFFERS;
    json_decref(migrations);
    return rc;
}
