/* SPDX-License-Identifier: Apache-2.0 */
/*
 * migrate.c - brings the database's tables up to date before the children start: in a helper that is forked and becomes
 * the server's ordinary user first, so that an embedded database never belongs to root.
 *
 * The helper answers with one byte for what became of it and a text for people. A database that cannot be reached
 * never stops a start. One that this build cannot work with stops a cold start, but not a restart: what runs goes on.
 */
#include "child.h"
#include "declarative_file.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_user.h>
#include <http_log.h>
#include <mpm_common.h>
#include <unixd.h>

APLOG_USE_MODULE(gw);

#define PATIENCE apr_time_from_sec(60)
#define PATIENCE_FOR_FILE apr_time_from_sec(300)
#define ANSWER_BYTES 16384

/* What the helper says, as its first byte. */
typedef enum outcome {
    OUTCOME_CURRENT = 'c', /* nothing was missing, or it was run */
    OUTCOME_PENDING = 'p', /* something is missing, and GwMigrate is Off */
    OUTCOME_AHEAD = 'a',   /* the database is newer than this build */
    OUTCOME_AWAY = 'w',
    OUTCOME_FAILED = 'f',
    OUTCOME_LOADED = 'l',  /* the declarative file is in force; a line about it, then warnings */
    OUTCOME_INVALID = 'i', /* it is bad; a line for each mistake */
    OUTCOME_SLOW = 's',    /* it still runs (said by the parent) */
    OUTCOME_DIED = 'd'     /* it said nothing (said by the parent) */
} outcome;

/* ---- in the helper ---- */

/* The server's ordinary user: whom root becomes, or who has started httpd, whatever User says then. */
static const char *name_user(apr_pool_t *p)
{
    char *name;

    if (geteuid() == 0)
        return ap_unixd_config.user_name;
    return apr_uid_name_get(&name, geteuid(), p) == APR_SUCCESS ? name : apr_psprintf(p, "#%ld", (long)geteuid());
}

/* The folder of an embedded database's file; NULL when there is none. */
static const char *get_sqlite_dir(const gw_child *child, apr_pool_t *p)
{
    const char *file = gw_handles_params(), *slash = strrchr(file, '/');

    if (gw_store_driver(child->store) != GW_SQLITE || strncmp(file, "file:", 5) == 0 || file[0] == ':')
        return NULL;
    return slash == NULL ? "." : slash == file ? "/" : apr_pstrmemdup(p, file, (apr_size_t)(slash - file));
}

static const char *check_sqlite_dir(const gw_child *child, apr_pool_t *p)
{
    const char *dir = get_sqlite_dir(child, p);

    if (dir == NULL || access(dir, F_OK) == 0 || errno != ENOENT)
        return NULL;
    return apr_psprintf(p, "the folder %s of the database file does not exist: make it, for the user that httpd "
                        "runs as (%s)", dir, name_user(p));
}

/* What keeps the user that we are from an embedded database, or NULL. */
static const char *check_sqlite_file(const gw_child *child, apr_pool_t *p)
{
    const char *file = gw_handles_params(), *dir = get_sqlite_dir(child, p), *what = check_sqlite_dir(child, p);

    if (dir == NULL || what != NULL)
        return what;
    if (access(dir, W_OK | X_OK) != 0)
        return apr_psprintf(p, "the folder %s of the database file must be writable by the user that httpd runs as "
                            "(%s): chown it", dir, name_user(p));
    if (access(file, F_OK) == 0 && access(file, R_OK | W_OK) != 0)
        return apr_psprintf(p, "the database file %s must be writable by the user that httpd runs as (%s): chown it",
                            file, name_user(p));
    return NULL;
}

static outcome load_file(const char **text, const gw_declarative_file *file, gw_db *db, apr_pool_t *p)
{
    apr_status_t rv = gw_declarative_file_load(text, file, db, p);

    if (rv == APR_SUCCESS)
        return OUTCOME_LOADED;
    return rv == APR_EGENERAL ? OUTCOME_INVALID : OUTCOME_FAILED;
}

static outcome migrate(const char **text, const gw_child *child, apr_pool_t *p)
{
    gw_declarative_file file = { .name = child->options.declarative_file };
    gw_migration_state state = { 0 };
    apr_status_t rv;
    gw_db *db;

    *text = "";
    if (file.name != NULL && (*text = gw_declarative_file_read(&file, p)) != NULL)
        return OUTCOME_INVALID;
    if (ap_run_drop_privileges(p, child->s) != OK) {
        *text = "the helper cannot become the server's ordinary user";
        return OUTCOME_FAILED;
    }
    if ((*text = check_sqlite_file(child, p)) != NULL)
        return OUTCOME_FAILED;
    if ((rv = gw_db_open(&db, text, child->store, p)) != APR_SUCCESS)
        return rv == APR_EAGAIN ? OUTCOME_AWAY : OUTCOME_FAILED;
    rv = gw_store_migrate(&state, text, db, child->options.sql_dir, child->options.migrate || file.name != NULL, p);
    if (rv != APR_SUCCESS)
        return rv == APR_EAGAIN ? OUTCOME_AWAY : OUTCOME_FAILED;
    *text = state.report;
    if (state.ahead)
        return OUTCOME_AHEAD;
    if (file.name != NULL)
        return load_file(text, &file, db, p);
    return state.pending > 0 && !child->options.migrate ? OUTCOME_PENDING : OUTCOME_CURRENT;
}

/* Does not return. No cleanup of the parent's pools runs here. */
static void run_helper(const gw_child *child, int fd, apr_pool_t *p)
{
    static const int ours[] = { SIGTERM, SIGHUP, SIGUSR1, SIGINT, SIGWINCH, SIGCHLD };
    const char *text = NULL;
    char answer[ANSWER_BYTES];

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        signal(ours[i], SIG_DFL);
    answer[0] = (char)migrate(&text, child, p);
    apr_cpystrn(answer + 1, text != NULL ? text : "", sizeof(answer) - 1);
    if (write(fd, answer, strlen(answer)) < 0)
        _exit(1);
    _exit(0);
}

/* ---- in the parent ---- */

/* Read until the helper closes its end; OUTCOME_SLOW when it takes too long. */
static outcome read_answer(char *text, int fd, apr_interval_time_t patience)
{
    char answer[ANSWER_BYTES];
    apr_size_t len = 0;
    apr_time_t end = apr_time_now() + patience;

    while (len < sizeof(answer) - 1) {
        struct pollfd pfd = { .fd = fd, .events = POLLIN };
        apr_interval_time_t left = end - apr_time_now();
        ssize_t n;

        if (left <= 0 || (n = poll(&pfd, 1, (int)apr_time_as_msec(left))) == 0)
            return OUTCOME_SLOW;
        if (n < 0 && errno == EINTR)
            continue;
        if ((n = read(fd, answer + len, sizeof(answer) - 1 - len)) <= 0)
            break;
        len += (apr_size_t)n;
    }
    answer[len] = '\0';
    apr_cpystrn(text, len > 0 ? answer + 1 : "", ANSWER_BYTES);
    return len > 0 ? (outcome)answer[0] : OUTCOME_DIED;
}

/* The first line as it is, the others as warnings. */
static void tell_loaded(server_rec *s, char *text)
{
    char *last, *line = apr_strtok(text, "\n", &last);

    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, GWLOGNO(1667) "declarative: %s", line != NULL ? line : "loaded");
    while ((line = apr_strtok(NULL, "\n", &last)) != NULL)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, GWLOGNO(1668) "declarative: %s", line);
}

/* A cold start has nothing else to serve; a running server goes on with what it has. */
static int tell_invalid(const gw_child *child, char *text)
{
    int level = child->was_running ? APLOG_ERR : APLOG_CRIT | APLOG_STARTUP;
    char *last, *line;

    for (line = apr_strtok(text, "\n", &last); line != NULL; line = apr_strtok(NULL, "\n", &last))
        ap_log_error(APLOG_MARK, level, 0, child->s, GWLOGNO(1669) "declarative: %s", line);
    if (child->was_running)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, child->s, GWLOGNO(1670) "declarative: the last good one stays in force");
    return child->was_running ? OK : !OK;
}

static int judge(const gw_child *child, outcome what, char *text)
{
    server_rec *s = child->s;
    int level = child->was_running ? APLOG_ERR : APLOG_CRIT;

    switch (what) {
    case OUTCOME_CURRENT:
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, GWLOGNO(1660) "migrate: the database is up to date: %s", text);
        return OK;
    case OUTCOME_LOADED:
        tell_loaded(s, text);
        return OK;
    case OUTCOME_INVALID:
        return tell_invalid(child, text);
    case OUTCOME_PENDING:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     GWLOGNO(1661) "migrate: migrations are pending and GwMigrate is Off: %s", text);
        return OK;
    case OUTCOME_AWAY:
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     GWLOGNO(1662) "migrate: the database cannot be reached: %s: the server starts without it", text);
        return OK;
    case OUTCOME_SLOW:
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     GWLOGNO(1663) "migrate: the migrations take long and go on while the server starts");
        return OK;
    case OUTCOME_AHEAD:
        ap_log_error(APLOG_MARK, level, 0, s,
                     GWLOGNO(1664) "migrate: the database was made by a newer mod_gw, install that one: %s", text);
        break;
    case OUTCOME_DIED:
    default:
        ap_log_error(APLOG_MARK, level, 0, s,
                     GWLOGNO(1665) "migrate: the database cannot be brought up to date: %s",
                     what == OUTCOME_DIED ? "the helper died" : text);
    }
    return child->was_running ? OK : !OK;
}

int gw_migrate_check(const gw_child *child, apr_pool_t *p)
{
    const char *what = NULL;

    if (child->store != NULL && gw_handles_params()[0] == '/')
        what = geteuid() == 0 ? check_sqlite_dir(child, p) : check_sqlite_file(child, p);
    return what != NULL ? judge(child, OUTCOME_FAILED, apr_pstrdup(p, what)) : OK;
}

int gw_migrate_run(gw_child *child, apr_pool_t *ptemp)
{
    char text[ANSWER_BYTES] = "";
    int fds[2];
    outcome what;
    pid_t pid;

    if (pipe(fds) != 0 || (pid = fork()) < 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, errno, child->s, GWLOGNO(1666) "migrate: no helper process to be had");
        return OK;
    }
    if (pid == 0) {
        close(fds[0]);
        run_helper(child, fds[1], ptemp);
    }
    close(fds[1]);
    what = read_answer(text, fds[0], child->options.declarative_file != NULL ? PATIENCE_FOR_FILE : PATIENCE);
    close(fds[0]);
    if (what != OUTCOME_SLOW)
        waitpid(pid, NULL, 0);
    return judge(child, what, text);
}
