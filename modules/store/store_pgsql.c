/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_pgsql.c - Postgres through libpq. Statements are never prepared by name, so that a restart of the server
 * costs a connection and nothing more. No call waits for ever: not for a connection, nor for a server that accepts
 * the question and stays silent.
 */
#include "store_driver.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <libpq-fe.h>
#include <apr_strings.h>

#define CONNECT_MS 2000
#define ANSWER_MS 6000 /* twice our statement_timeout: what takes longer is a server that hangs */
#define CLIENT_CHECK_MS 250
#define OLDEST_SERVER 130000 /* xid8, pg_current_snapshot */

/* Kinds by SQLSTATE; the first prefix that fits. */
static const struct {
    const char *prefix;
    gw_fault_kind kind;
} states[] = {
    { "08", GW_FAULT_AWAY },        /* connection exceptions */
    { "57P0", GW_FAULT_AWAY },      /* shut down, crashed, cannot connect now, database dropped */
    { "25006", GW_FAULT_AWAY },     /* a standby that cannot write: another host may be the primary now */
    { "57014", GW_FAULT_BUSY },     /* statement_timeout */
    { "40", GW_FAULT_LOST },        /* deadlock, serialisation */
    { "55P03", GW_FAULT_BUSY },     /* lock_timeout */
    { "53100", GW_FAULT_FULL },     /* disk_full */
    { "53", GW_FAULT_BUSY },        /* out of memory, connections */
    { "23505", GW_FAULT_UNIQUE },
    { "23503", GW_FAULT_FOREIGN },
    { "42P01", GW_FAULT_NO_TABLE },
    { "42703", GW_FAULT_NO_TABLE }, /* a column that a later migration adds */
    { "22", GW_FAULT_BAD_VALUE },
    { "54", GW_FAULT_TOO_LONG },    /* beyond an index, or nested too deep */
};

static apr_status_t fail_by_result(gw_db *db, const PGresult *res)
{
    PGconn *conn = db->native;
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *object = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
    const char *table = PQresultErrorField(res, PG_DIAG_TABLE_NAME);
    gw_fault_kind kind = PQstatus(conn) == CONNECTION_OK ? GW_FAULT_OTHER : GW_FAULT_AWAY;
    size_t i;

    for (i = 0; state != NULL && i < sizeof(states) / sizeof(states[0]); i++) {
        if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0) {
            kind = states[i].kind;
            break;
        }
    }
    /* The primary message only: details quote values. */
    apr_snprintf(db->fault.why, sizeof(db->fault.why), "%s: %s", state != NULL ? state : "connection",
                 text != NULL ? text : PQerrorMessage(conn));
    db->fault.kind = kind;
    apr_cpystrn(db->fault.object, object != NULL ? object : "", sizeof(db->fault.object));
    apr_cpystrn(db->fault.table, table != NULL ? table : "", sizeof(db->fault.table));
    return gw_fault_status(kind);
}

static apr_status_t fail_by_connection(gw_db *db)
{
    char text[400];
    size_t len;

    apr_cpystrn(text, PQerrorMessage(db->native), sizeof(text));
    len = strlen(text);
    while (len > 0 && text[len - 1] == '\n')
        text[--len] = '\0';
    return gw_db_fail(db, GW_FAULT_AWAY, len > 0 ? text : "the connection is lost");
}

/* Milliseconds until `deadline`, at least 0. */
static int left_ms(apr_time_t deadline)
{
    apr_time_t now = apr_time_now();

    return now >= deadline ? 0 : (int)apr_time_as_msec(deadline - now) + 1;
}

/* Wait until a result can be had without blocking. A server that stays silent loses the connection: half an
 * answer on it would be taken for that of the next question. */
static int wait_for_answer(gw_db *db)
{
    PGconn *conn = db->native;
    apr_time_t deadline = apr_time_now() + apr_time_from_msec(ANSWER_MS);

    while (PQisBusy(conn)) {
        struct pollfd fd = { PQsocket(conn), POLLIN, 0 };
        int n = poll(&fd, 1, db->is_patient ? -1 : left_ms(deadline));

        if (n == 0 || (n < 0 && errno != EINTR)) {
            shutdown(PQsocket(conn), SHUT_RDWR);
            PQconsumeInput(conn); /* libpq notices */
            return 0;
        }
        if (n > 0 && !PQconsumeInput(conn))
            return 1; /* PQgetResult says what happened */
    }
    return 1;
}

/* The result that counts of all that a query gives: the first error, else the last. NULL: no answer. */
static PGresult *get_answer(gw_db *db)
{
    PGresult *kept = NULL, *res;
    int is_error = 0;

    for (;;) {
        if (!wait_for_answer(db)) {
            PQclear(kept);
            return NULL;
        }
        res = PQgetResult(db->native);
        if (res == NULL)
            return kept;
        if (is_error) {
            PQclear(res);
            continue;
        }
        PQclear(kept);
        kept = res;
        is_error = PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK;
        if (PQresultStatus(res) == PGRES_COPY_IN || PQresultStatus(res) == PGRES_COPY_OUT)
            return kept; /* not from us; and it would never end */
    }
}

static apr_status_t hand_over(const PGresult *res, gw_result *result)
{
    const char *cells[GW_MAX_COLUMNS];
    int nrows = PQntuples(res), ncells = PQnfields(res), i, j;
    apr_status_t rv = APR_SUCCESS;

    result->affected = apr_atoi64(PQcmdTuples((PGresult *)res));
    if (result->take == NULL)
        return APR_SUCCESS;
    if (ncells > GW_MAX_COLUMNS)
        return APR_EINVAL;
    for (i = 0; i < nrows && rv == APR_SUCCESS; i++) {
        for (j = 0; j < ncells; j++)
            cells[j] = PQgetisnull(res, i, j) ? NULL : PQgetvalue(res, i, j);
        rv = result->take(result->baton, ncells, cells);
    }
    return rv;
}

static apr_status_t exec_pgsql(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result)
{
    PGconn *conn = db->native;
    PGresult *res;
    apr_status_t rv;
    int sent = nparams > 0 ? PQsendQueryParams(conn, sql, nparams, NULL, params, NULL, NULL, 0)
                           : PQsendQuery(conn, sql);

    if (!sent)
        return fail_by_connection(db);
    res = get_answer(db);
    if (res == NULL)
        return PQstatus(conn) == CONNECTION_OK ? gw_db_fail(db, GW_FAULT_OTHER, "no answer")
                                               : gw_db_fail(db, GW_FAULT_AWAY, "the database does not answer");
    if (PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK)
        rv = hand_over(res, result);
    else
        rv = fail_by_result(db, res);
    PQclear(res);
    return rv;
}

static apr_status_t script_pgsql(gw_db *db, const char *sql)
{
    gw_result nothing = { NULL, NULL, 0 };

    return exec_pgsql(db, sql, 0, NULL, &nothing);
}

static void ignore_notice(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* 1 when the user's conninfo (or its service file) sets this keyword to something. */
static int is_set_by_user(PGconn *conn, const char *keyword)
{
    PQconninfoOption *options = PQconninfo(conn), *o;
    int is_set = 0;

    for (o = options; o != NULL && o->keyword != NULL; o++)
        if (strcmp(o->keyword, keyword) == 0)
            is_set = o->val != NULL && o->val[0] != '\0' && strcmp(o->val, "0") != 0;
    PQconninfoFree(options);
    return is_set;
}

/* For connections that mod_dbd opened with the user's conninfo: what ours get from the start. */
static void tune_socket(PGconn *conn)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof(addr);
    int fd = PQsocket(conn);

    if (getsockname(fd, (struct sockaddr *)&addr, &len) != 0 || addr.ss_family == AF_UNIX)
        return;
#ifdef TCP_USER_TIMEOUT
    if (!is_set_by_user(conn, "tcp_user_timeout")) {
        unsigned ms = 5000;

        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
    }
#endif
#if defined(TCP_KEEPIDLE) && defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
    if (!is_set_by_user(conn, "keepalives_idle")) {
        int idle_s = 5, interval_s = 2, count = 3;

        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
    }
#endif
}

static apr_status_t adopt_pgsql(gw_db *db)
{
    PGconn *conn = db->native;
    gw_result nothing = { NULL, NULL, 0 };

    if (PQstatus(conn) != CONNECTION_OK)
        return fail_by_connection(db);
    if (PQserverVersion(conn) < OLDEST_SERVER)
        return gw_db_fail(db, GW_FAULT_OTHER, "Postgres 13 or newer is needed");
    PQsetNoticeProcessor(conn, ignore_notice, NULL);
    tune_socket(conn);
    if (strcmp(pg_encoding_to_char(PQclientEncoding(conn)), "UTF8") != 0 && PQsetClientEncoding(conn, "UTF8") != 0)
        return fail_by_connection(db);
    /* The server stops working for a client that was killed, and gives up its locks. Not every server knows it or, by
     * its system, can do it; there statement_timeout ends it. */
    if (PQserverVersion(conn) >= 140000)
        exec_pgsql(db,
                   "SELECT set_config('client_connection_check_interval', '" APR_STRINGIFY(CLIENT_CHECK_MS) "', false)"
                   " WHERE current_setting('client_connection_check_interval') = '0'",
                   0, NULL, &nothing);
    return exec_pgsql(db,
                      "SELECT set_config('statement_timeout', '3s', false)"
                      " WHERE current_setting('statement_timeout') = '0'",
                      0, NULL, &nothing);
}

static apr_status_t open_pgsql(gw_db *db, const char *params)
{
    /* Later words win: ours, then the user's, then what the store relies on. */
    static const char *const words[] = { "fallback_application_name", "connect_timeout", "tcp_user_timeout",
                                         "keepalives_idle", "keepalives_interval", "keepalives_count",
                                         "dbname", "client_encoding", NULL };
    const char *values[] = { "mod_gw", "2", "5000", "5", "2", "3", params, "UTF8", NULL };

    db->native = PQconnectdbParams(words, values, 1);
    if (db->native == NULL)
        return gw_db_fail(db, GW_FAULT_AWAY, "out of memory");
    if (PQstatus(db->native) != CONNECTION_OK)
        return fail_by_connection(db);
    return APR_SUCCESS;
}

static void close_pgsql(gw_db *db)
{
    PQfinish(db->native);
}

/* PQreset, but within CONNECT_MS whatever the user's conninfo says. */
static apr_status_t heal_pgsql(gw_db *db)
{
    PGconn *conn = db->native;
    apr_time_t deadline = apr_time_now() + apr_time_from_msec(CONNECT_MS);
    PostgresPollingStatusType want = PGRES_POLLING_WRITING;

    if (!PQresetStart(conn))
        return fail_by_connection(db);
    while (want != PGRES_POLLING_OK) {
        struct pollfd fd = { PQsocket(conn), want == PGRES_POLLING_READING ? POLLIN : POLLOUT, 0 };
        int n = poll(&fd, 1, left_ms(deadline));

        if (n == 0)
            return gw_db_fail(db, GW_FAULT_AWAY, "the database does not take connections");
        want = PQresetPoll(conn);
        if (want == PGRES_POLLING_FAILED)
            return fail_by_connection(db);
    }
    return adopt_pgsql(db);
}

/* gw_event and its like look at this setting (sql/core/pgsql); it ends with the transaction. */
static void mute_pgsql(gw_db *db, int is_muted)
{
    gw_result nothing = { NULL, NULL, 0 };

    if (is_muted)
        exec_pgsql(db, "SELECT set_config('gw.muted', 'on', true)", 0, NULL, &nothing);
}

static apr_status_t take_status(void *baton, int ncells, const char *const *cells)
{
    (void)ncells;
    apr_cpystrn(baton, cells[0] != NULL ? cells[0] : "", 16);
    return APR_SUCCESS;
}

/* Ask the server over a new connection whether the transaction was committed. A transaction's id alone does not prove
 * it, for after a crash it may be given again: the event of what was written last does. While the server cannot be
 * reached the outcome stays unknown, and counts as a failure. */
static apr_status_t settle_pgsql(gw_db *db)
{
    const char *params[] = { db->xid, db->wrote_entity, db->wrote_id };
    char status[16];
    gw_result result = { take_status, status, 0 }, events = { NULL, NULL, 0 };
    apr_status_t rv = heal_pgsql(db);
    int tries;

    db->is_unknown = rv != APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    for (tries = 0; tries < 20; tries++) {
        status[0] = '\0';
        rv = exec_pgsql(db, "SELECT pg_xact_status($1::xid8)", 1, params, &result);
        if (rv != APR_SUCCESS || strcmp(status, "in progress") != 0)
            break;
        apr_sleep(apr_time_from_msec(50)); /* the old backend has not noticed yet */
    }
    if (rv == APR_SUCCESS && strcmp(status, "committed") == 0 && db->wrote_entity != NULL)
        rv = exec_pgsql(db, "SELECT 1 FROM gw_events WHERE xid = $1::xid8 AND entity = $2"
                        " AND coalesce(row_id, '') = $3", 3, params, &events);
    if (rv == APR_SUCCESS && events.affected > 0)
        return APR_SUCCESS;
    /* any other refusal: a server that has crashed does not know the id, and has not kept what was done under it */
    db->is_unknown = rv == APR_EAGAIN || strcmp(status, "in progress") == 0;
    return gw_db_fail(db, GW_FAULT_AWAY, "the connection was lost before the commit");
}

static int is_in_transaction_pgsql(gw_db *db)
{
    PGTransactionStatusType status = PQtransactionStatus(db->native);

    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

const gw_driver_ops gw_pgsql_ops = {
    .driver = GW_PGSQL,
    .name = "pgsql",
    .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    .begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_current_xact_id()",
    .tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(oid)"
              " AND relnamespace <> 'pg_catalog'::regnamespace",
    .now_ms = "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS bigint)",
    .open = open_pgsql,
    .close = close_pgsql,
    .mute = mute_pgsql,
    .adopt = adopt_pgsql,
    .heal = heal_pgsql,
    .settle = settle_pgsql,
    .exec = exec_pgsql,
    .script = script_pgsql,
    .is_in_transaction = is_in_transaction_pgsql,
};
