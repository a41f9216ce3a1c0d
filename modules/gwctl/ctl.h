/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl.h - what the files of gwctl share: the options, the exit codes, talking to an Admin API, talking to people.
 * One process, one thread; plain C, libcurl and Jansson.
 */
#ifndef GW_GWCTL_CTL_H
#define GW_GWCTL_CTL_H

#include <stddef.h>
#include <jansson.h>

/* Exit codes; gwctl.1 tells them. */
typedef enum gw_ctl_exit {
    GW_CTL_DONE = 0,
    GW_CTL_DIFFERS = 1,     /* diff: there is something to do; status: something is wrong */
    GW_CTL_USAGE = 2,
    GW_CTL_UNREACHABLE = 3, /* no answer */
    GW_CTL_REFUSED = 4,     /* 4xx */
    GW_CTL_FAILED = 5,      /* 5xx, or an answer that makes no sense */
    GW_CTL_DECLINED = 6     /* the question was not answered with yes */
} gw_ctl_exit;

/* How to reach one Admin API. */
typedef struct gw_ctl_server {
    const char *url;        /* without a slash at its end */
    const char *user;       /* name:password, or NULL */
    const char *ca_file, *cert_file, *key_file; /* or NULL */
    int is_insecure;        /* take any certificate */
    long timeout_s;
    char *const *headers;   /* "Name: value" */
    int nheaders;
} gw_ctl_server;

typedef struct gw_ctl_options {
    gw_ctl_server server;
    const char *output;     /* -o; NULL = standard output */
    int is_pruning, is_yes;
    char *const *source_headers; /* import: of requests to the other side */
    int nsource_headers;
    const char *const *args; /* after the command's name */
    int nargs;
} gw_ctl_options;

/* ---- ctl_http.c ---- */

typedef struct gw_ctl_answer {
    long status;
    char *body; /* malloced, ends with a NUL; never NULL after success */
    size_t len;
} gw_ctl_answer;

typedef struct gw_ctl_body {
    const char *type; /* Content-Type */
    const char *bytes;
    size_t len;
} gw_ctl_body;

/* `body` NULL: a GET. GW_CTL_DONE when there is an answer, of whatever status; otherwise told. Free answer->body. */
gw_ctl_exit gw_ctl_send(gw_ctl_answer *answer, const gw_ctl_server *server, const char *path, const gw_ctl_body *body);
/* The same, for an answer of 2xx with a JSON object: new reference. Anything else is told; `may_miss`: 404 gives
 * NULL. */
gw_ctl_exit gw_ctl_call(json_t **object, const gw_ctl_server *server, const char *path, const gw_ctl_body *body,
                        int may_miss);
/* Tell people what an answer refuses. */
gw_ctl_exit gw_ctl_tell_refusal(const gw_ctl_server *server, const gw_ctl_answer *answer);

/* ---- ctl_say.c ---- */

/* "gwctl: ..." on stderr. */
void gw_ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Something goes on: shown on a terminal, after a second, at most twice a second. */
void gw_ctl_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The line of progress vanishes. */
void gw_ctl_progress_end(void);
/* Text that came from elsewhere, on standard output; what could steer a terminal is replaced. */
void gw_ctl_print(const char *text);
/* 1 for y or yes; 0 for anything else, also where nobody can answer. */
int gw_ctl_ask(const char *question);
/* What apply would do, or has done: 1 when there is anything. `is_pruning`: deletions are part of it. */
int gw_ctl_show_plan(const json_t *plan, int is_pruning);

/* ---- ctl_file.c ---- */

/* The whole of a file, or of standard input for "-"; NULL (told) when it cannot be read. malloced. */
char *gw_ctl_read_file(size_t *len, const char *name);
/* application/json or text/yaml, by its name, or by how it begins. */
const char *gw_ctl_type_of(const char *name, const char *bytes, size_t len);
/* To -o or standard output. */
gw_ctl_exit gw_ctl_write(const char *name, const char *bytes, size_t len);

/* ---- the commands ---- */
gw_ctl_exit gw_ctl_export(const gw_ctl_options *options);
gw_ctl_exit gw_ctl_diff(const gw_ctl_options *options);
gw_ctl_exit gw_ctl_apply(const gw_ctl_options *options);
gw_ctl_exit gw_ctl_import(const gw_ctl_options *options);
gw_ctl_exit gw_ctl_status(const gw_ctl_options *options);
gw_ctl_exit gw_ctl_migrate(const gw_ctl_options *options);

/* Show what a document changes, ask, do it. */
gw_ctl_exit gw_ctl_offer(const gw_ctl_options *options, const gw_ctl_body *document);

#endif
