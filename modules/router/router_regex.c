/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_regex.c - compiled regexes and the memory of a thread that runs them.
 * Each thread has one match block and one JIT stack, made at its first run and freed by the thread's end, because
 * threads come and go (mod_http2).
 */
#include "router_regex.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 100000            /* steps; PCRE2's default of ten million is seconds of CPU */
#define DEPTH_LIMIT 20000
#define HEAP_LIMIT_KIB 4096
#define JIT_STACK_FIRST_BYTES (32 * 1024)
#define JIT_STACK_MOST_BYTES (512 * 1024)
#define OVECTOR_PAIRS 64

typedef struct runner {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
} runner;

static pthread_key_t runner_key;
static pthread_once_t runner_once = PTHREAD_ONCE_INIT;
static int has_key;

static void free_runner(void *runner_)
{
    runner *run = runner_;

    pcre2_match_data_free(run->match);
    pcre2_match_context_free(run->context);
    if (run->stack != NULL)
        pcre2_jit_stack_free(run->stack);
    free(run);
}

static void make_key(void)
{
    has_key = pthread_key_create(&runner_key, free_runner) == 0;
}

/* When the module is unloaded (httpd reads its configuration twice, and again at each restart) no thread may keep a
 * destructor that is gone. */
__attribute__((destructor)) static void delete_key(void)
{
    runner *run;

    if (!has_key)
        return;
    run = pthread_getspecific(runner_key);
    if (run != NULL)
        free_runner(run);
    pthread_key_delete(runner_key);
    has_key = 0;
}

static runner *make_runner(void)
{
    runner *run = calloc(1, sizeof(*run));

    if (run == NULL)
        return NULL;
    run->match = pcre2_match_data_create(OVECTOR_PAIRS, NULL);
    run->context = pcre2_match_context_create(NULL);
    if (run->match == NULL || run->context == NULL || pthread_setspecific(runner_key, run) != 0) {
        free_runner(run);
        return NULL;
    }
    pcre2_set_match_limit(run->context, MATCH_LIMIT);
    pcre2_set_depth_limit(run->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(run->context, HEAP_LIMIT_KIB);
    run->stack = pcre2_jit_stack_create(JIT_STACK_FIRST_BYTES, JIT_STACK_MOST_BYTES, NULL);
    if (run->stack != NULL)
        pcre2_jit_stack_assign(run->context, NULL, run->stack);
    return run;
}

/* This thread's, or NULL when memory is out. */
static runner *get_runner(void)
{
    runner *run;

    pthread_once(&runner_once, make_key);
    if (!has_key)
        return NULL;
    run = pthread_getspecific(runner_key);
    return run != NULL ? run : make_runner();
}

/* Can an alternative stand outside of all groups? Then the literal start of the first one says nothing. Patterns
 * with constructs that could hide a bracket from this look (comments, options, verbs, quoting) count as "yes". */
static int may_branch(const char *re)
{
    int depth = 0;

    if (strchr(re, '|') == NULL)
        return 0;
    for (; *re != '\0'; re++) {
        if (*re == '\\') {
            if (re[1] == '\0' || strchr("QEc", re[1]) != NULL)
                return 1;
            re++;
        }
        else if (*re == '[') {
            re += re[1] == '^' ? 2 : 1;
            re += *re == ']'; /* first in a class: itself */
            for (; *re != ']'; re++) {
                if (*re == '\0' || *re == '[' || (*re == '\\' && strchr("QEc", re[1]) != NULL))
                    return 1;
                re += *re == '\\';
            }
        }
        else if (*re == '(') {
            if (re[1] == '*' || (re[1] == '?' && (re[2] == '\0' || strchr(":<P=!>'", re[2]) == NULL)))
                return 1;
            depth++;
        }
        else if (*re == ')') {
            depth--;
        }
        else if (*re == '|' && depth <= 0) {
            return 1;
        }
    }
    return 0;
}

/* The bytes with which every match begins, in the arena. */
static const char *find_literal(size_t *len, const char *re, gw_arena *arena)
{
    char *literal = gw_arena_alloc(arena, strlen(re) + 1);
    size_t n = 0;

    *len = 0;
    if (!may_branch(re)) {
        for (; *re != '\0' && strchr(".[](){}*+?^$|", *re) == NULL; re++) {
            if (*re == '\\') {
                if (re[1] == '\0' || (re[1] & 0x80) != 0 || strchr("-/.~%@:!&'\"#,;=<>+*?()[]{}|^$\\", re[1]) == NULL)
                    break;
                re++;
            }
            literal[n++] = *re;
        }
        if (n > 0 && *re != '\0' && strchr(".[^$|)", *re) == NULL)
            n--; /* a quantifier, now or behind a comment or an \E, may take the last one away */
    }
    literal[n] = '\0';
    *len = n;
    return literal;
}

static void read_names(gw_regex *regex, gw_arena *arena)
{
    uint32_t n = 0, size = 0, i;
    PCRE2_SPTR table = NULL;
    const char **names;
    int *groups;

    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &n);
    if (n == 0)
        return;
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table);
    names = gw_arena_alloc(arena, n * sizeof(*names));
    groups = gw_arena_alloc(arena, n * sizeof(*groups));
    for (i = 0; i < n; i++, table += size) { /* two bytes of number, then the name */
        groups[i] = table[0] << 8 | table[1];
        names[i] = gw_arena_strdup(arena, (const char *)table + 2);
    }
    regex->nnames = (int)n;
    regex->names = names;
    regex->groups = groups;
}

gw_regex *gw_regex_compile(const char **why, const char *pattern, unsigned flags, gw_arena *arena)
{
    uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    gw_regex *regex;
    PCRE2_SIZE at;
    int code;
    void *compiled;

    if (flags & GW_REGEX_ANCHORED)
        options |= PCRE2_ANCHORED;
    compiled = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
    if (compiled == NULL) {
        char text[128];

        pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
        *why = gw_arena_strdup(arena, text);
        return NULL;
    }
    if (!(flags & GW_REGEX_ONCE))
        pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* without JIT it is interpreted */
    regex = gw_arena_calloc(arena, sizeof(*regex));
    regex->code = compiled;
    regex->literal = "";
    if (flags & GW_REGEX_ANCHORED)
        regex->literal = find_literal(&regex->literal_len, pattern, arena);
    read_names(regex, arena);
    return regex;
}

void gw_regex_free(gw_regex *regex)
{
    if (regex != NULL)
        pcre2_code_free(regex->code);
}

int gw_regex_run(gw_regex_hit *hit, const gw_regex *regex, const char *subject, size_t len)
{
    runner *run = get_runner();
    int rc;

    if (run == NULL)
        return -1;
    rc = pcre2_match(regex->code, (PCRE2_SPTR)subject, len, 0, 0, run->match, run->context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    if (rc < 0)
        return -1;
    hit->groups = pcre2_get_ovector_pointer(run->match);
    hit->ngroups = rc == 0 ? OVECTOR_PAIRS : rc;
    hit->start = hit->groups[0];
    hit->end = hit->groups[1];
    if (hit->end < hit->start) /* \K in a look-ahead */
        return 0;
    return 1;
}

int gw_regex_captures(const char *const **names, const int **offsets, const gw_regex *regex, const char *subject,
                      size_t len, apr_pool_t *p)
{
    const char **found;
    gw_regex_hit hit;
    int *at, i, n = 0;

    if (regex->nnames == 0 || gw_regex_run(&hit, regex, subject, len) <= 0)
        return 0;
    found = apr_palloc(p, (apr_size_t)regex->nnames * sizeof(*found));
    at = apr_palloc(p, (apr_size_t)regex->nnames * 2 * sizeof(*at));
    for (i = 0; i < regex->nnames; i++) {
        int group = regex->groups[i];

        if (group >= hit.ngroups || hit.groups[2 * group] == PCRE2_UNSET)
            continue;
        found[n] = apr_pstrdup(p, regex->names[i]);
        at[2 * n] = (int)hit.groups[2 * group];
        at[2 * n + 1] = (int)hit.groups[2 * group + 1];
        n++;
    }
    *names = found;
    *offsets = at;
    return n;
}
