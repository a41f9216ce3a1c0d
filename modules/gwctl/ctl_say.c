/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl_say.c - words for people: complaints, progress, questions, and what a configuration changes.
 */
#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define MOST_NAMED 200    /* rows of one kind that are shown by name */
#define LONGEST_VALUE 60

static struct {
    struct timespec began, shown;
    int is_shown;
} progress;

void gw_ctl_complain(const char *format, ...)
{
    va_list args;

    gw_ctl_progress_end();
    fputs("gwctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static double seconds_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void gw_ctl_progress(const char *format, ...)
{
    va_list args;

    if (!isatty(STDERR_FILENO))
        return;
    if (progress.began.tv_sec == 0)
        clock_gettime(CLOCK_MONOTONIC, &progress.began);
    if (seconds_since(&progress.began) < 1 || (progress.is_shown && seconds_since(&progress.shown) < 0.5))
        return;
    clock_gettime(CLOCK_MONOTONIC, &progress.shown);
    progress.is_shown = 1;
    fputs("\r\033[K", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fflush(stderr);
}

void gw_ctl_progress_end(void)
{
    if (progress.is_shown)
        fputs("\r\033[K", stderr);
    memset(&progress, 0, sizeof(progress));
}

void gw_ctl_print(const char *text)
{
    const unsigned char *c;

    for (c = (const unsigned char *)text; *c != '\0'; c++) {
        int is_c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;

        putchar((*c < 0x20 && *c != '\n') || *c == 0x7f || is_c1 ? '?' : *c);
        c += is_c1;
    }
}

int gw_ctl_ask(const char *question)
{
    char line[16];

    if (!isatty(STDIN_FILENO)) {
        gw_ctl_complain("nobody can be asked here: give --yes");
        return 0;
    }
    fprintf(stderr, "%s [y/N] ", question);
    if (fgets(line, sizeof(line), stdin) == NULL)
        return 0;
    line[strcspn(line, "\r\n")] = '\0';
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

/* ---- plans ---- */

/* A value in one line, cut where it is long. */
static void print_value(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    if (text != NULL && strlen(text) > LONGEST_VALUE) {
        size_t cut = LONGEST_VALUE;

        while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80) /* not inside of a character */
            cut--;
        text[cut] = '\0';
        gw_ctl_print(text);
        gw_ctl_print("...");
    }
    else if (text != NULL) {
        gw_ctl_print(text);
    }
    free(text);
}

static void print_changes(const json_t *changes)
{
    const char *field;
    json_t *change;

    json_object_foreach ((json_t *)changes, field, change) {
        gw_ctl_print("      ");
        gw_ctl_print(field);
        gw_ctl_print(": ");
        print_value(json_object_get(change, "from"));
        gw_ctl_print(" -> ");
        print_value(json_object_get(change, "to"));
        gw_ctl_print("\n");
    }
}

static void print_row(char sign, const char *entity, const json_t *row)
{
    const char *name = json_string_value(json_object_get(row, "name"));
    const char *id = json_string_value(json_object_get(row, "id"));

    printf("  %c ", sign);
    gw_ctl_print(entity);
    gw_ctl_print(" ");
    gw_ctl_print(name != NULL ? name : id != NULL ? id : "?");
    gw_ctl_print("\n");
    print_changes(json_object_get(row, "changes"));
}

/* How many rows there are of a kind. */
static size_t print_kind(char sign, const json_t *kind)
{
    const char *entity;
    json_t *rows, *row;
    size_t i, n = 0;

    json_object_foreach ((json_t *)kind, entity, rows) {
        json_array_foreach (rows, i, row)
            if (i < MOST_NAMED)
                print_row(sign, entity, row);
        if (json_array_size(rows) > MOST_NAMED)
            printf("  %c %s: and %zu more\n", sign, entity, json_array_size(rows) - MOST_NAMED);
        n += json_array_size(rows);
    }
    return n;
}

int gw_ctl_show_plan(const json_t *plan, int is_pruning)
{
    size_t created = print_kind('+', json_object_get(plan, "create"));
    size_t updated = print_kind('~', json_object_get(plan, "update"));
    size_t deleted = is_pruning ? print_kind('-', json_object_get(plan, "delete")) : 0;
    json_int_t unchanged = 0;
    const char *entity;
    json_t *n;

    json_object_foreach (json_object_get(plan, "unchanged"), entity, n)
        unchanged += json_integer_value(n);
    printf("create %zu, update %zu, delete %zu, unchanged %lld\n", created, updated, deleted, (long long)unchanged);
    fflush(stdout);
    return created + updated + deleted > 0;
}
