/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ratelimit_test.c - windows of the calendar, what is told of them, counters (exact among threads and processes,
 * bounded, whatever the clock does), keys, and what may be configured.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "limit_key.h"
#include "schema_tap.h"

#define S(n) apr_time_from_sec(n)

static void check_windows(void)
{
    static const struct { gw_period period; apr_int64_t now, start, end; const char *why; } rows[] = {
        { GW_PERIOD_SECOND, 1700000000, 1700000000, 1700000001, "a second" },
        { GW_PERIOD_MINUTE, 1700000000, 1699999980, 1700000040, "a minute" },
        { GW_PERIOD_HOUR, 1700000000, 1699999200, 1700002800, "an hour" },
        { GW_PERIOD_DAY, 1700000000, 1699920000, 1700006400, "a day" },
        { GW_PERIOD_MONTH, 1700000000, 1698796800, 1701388800, "November 2023" },
        { GW_PERIOD_YEAR, 1700000000, 1672531200, 1704067200, "2023" },
        { GW_PERIOD_MONTH, 1709164800, 1706745600, 1709251200, "the 29th of February 2024" },
        { GW_PERIOD_MONTH, 1709251200, 1709251200, 1711929600, "the first moment of March 2024" },
        { GW_PERIOD_MONTH, 1709251199, 1706745600, 1709251200, "the moment before it" },
        { GW_PERIOD_YEAR, 1735689599, 1704067200, 1735689600, "the last second of a leap year" },
        { GW_PERIOD_YEAR, 1735689600, 1735689600, 1767225600, "the first second of the next one" },
        { GW_PERIOD_MONTH, 1735689599, 1733011200, 1735689600, "December ends with the year" },
        { GW_PERIOD_MONTH, 4107542400, 4107542400, 4110220800, "2100 is no leap year: March begins in time" },
        { GW_PERIOD_YEAR, 0, 0, 31536000, "1970" },
        { GW_PERIOD_MONTH, -5, 0, 2678400, "before 1970 counts as 1970" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_window window = gw_window_at(rows[i].period, S(rows[i].now) + 7);

        is_int(window.start_s, rows[i].start, apr_pstrcat(pool, rows[i].why, ": start", NULL));
        is_int(window.end_s, rows[i].end, apr_pstrcat(pool, rows[i].why, ": end", NULL));
    }
}

/* The C library knows the calendar as well. */
static void check_calendar(void)
{
    int nbad = 0;

    for (apr_int64_t t = 0; t < 4200000000; t += 86400 * 9 + 12345) {
        struct tm tm = { .tm_mday = 1 };
        time_t at = (time_t)t;
        struct tm now;

        gmtime_r(&at, &now);
        tm.tm_year = now.tm_year;
        nbad += gw_window_at(GW_PERIOD_YEAR, S(t)).start_s != timegm(&tm);
        tm.tm_mon = now.tm_mon;
        nbad += gw_window_at(GW_PERIOD_MONTH, S(t)).start_s != timegm(&tm);
        tm = (struct tm){ .tm_mday = 1, .tm_year = now.tm_year, .tm_mon = now.tm_mon + 1 };
        nbad += gw_window_at(GW_PERIOD_MONTH, S(t)).end_s != timegm(&tm);
    }
    is_int(nbad, 0, "months and years begin where gmtime says");
}

static const gw_limit two[] = { { GW_PERIOD_SECOND, 2 }, { GW_PERIOD_MINUTE, 3 } };

static void check_telling(void)
{
    gw_usage usage;

    gw_usage_begin(&usage, two, 2, S(1700000000));
    usage.used[0] = 1;
    usage.used[1] = 1;
    is_int(gw_usage_remaining(&usage, 0), 1, "what remains");
    is_int(gw_usage_tightest(&usage), 0, "the fewest left");
    usage.used[1] = 2;
    is_int(gw_usage_tightest(&usage), 1, "of equals the longest");
    usage.used[0] = 9;
    is_int(gw_usage_remaining(&usage, 0), 0, "never below 0");
    is_int(gw_usage_reset_s(&usage, 1, S(1700000000)), 40, "until the minute is over");
    is_int(gw_usage_reset_s(&usage, 0, S(1700000005)), 1, "at least 1");
}

/* ---- counters ---- */

static gw_counters *new_counters(apr_size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return gw_counters_format(memory, bytes);
}

/* 'y' passes, 'n' is refused, '?' cannot be counted. */
static char take(gw_counters *counters, const char *key, const gw_limit *limits, int n, apr_time_t now, gw_usage *usage)
{
    gw_usage own;

    usage = usage != NULL ? usage : &own;
    gw_usage_begin(usage, limits, n, now);
    if (!gw_counters_take(usage, counters, key, strlen(key), now))
        return '?';
    return usage->is_over ? 'n' : 'y';
}

static void check_counting(void)
{
    static const struct { const char *key; apr_int64_t at; char want; apr_int64_t left_s, left_m; const char *why; } rows[] = {
        { "a", 1000, 'y', 1, 2, "the first" },
        { "b", 1000, 'y', 1, 2, "another key's first" },
        { "a", 1000, 'y', 0, 1, "the second" },
        { "a", 1000, 'n', 0, 1, "too many in a second: the minute is not charged" },
        { "a", 1001, 'y', 1, 0, "a new second" },
        { "a", 1001, 'n', 1, 0, "too many in a minute: the second is not charged" },
        { "a", 1002, 'n', 2, 0, "nor the next one" },
        { "a", 1020, 'y', 1, 2, "a new minute" },
        { "a", 1019, 'y', 0, 1, "a clock that is a little behind counts in the window that has begun" },
        { "a", 500, 'y', 1, 2, "a clock set back begins anew" },
        { "a", 90061, 'y', 1, 2, "a day later" },
    };
    gw_counters *counters = new_counters(65536);

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_usage usage;

        is_int(take(counters, rows[i].key, two, 2, S(rows[i].at), &usage), rows[i].want, rows[i].why);
        is_int(gw_usage_remaining(&usage, 0), rows[i].left_s, apr_pstrcat(pool, rows[i].why, ": left in the second", NULL));
        is_int(gw_usage_remaining(&usage, 1), rows[i].left_m, apr_pstrcat(pool, rows[i].why, ": left in the minute", NULL));
    }
}

static void check_memory(void)
{
    const apr_size_t bytes = 65536;
    void *memory = calloc(1, bytes);
    gw_counters *counters = gw_counters_format(memory, bytes);
    static const gw_limit minute = { GW_PERIOD_MINUTE, 5 };

    ok(counters != NULL && gw_counters_room(counters) > 3000, "64 KiB have room for thousands");
    take(counters, "k", &minute, 1, S(60), NULL);
    ok(gw_counters_attach(memory, bytes) == counters, "attached as it is");
    is_int(take(gw_counters_attach(memory, bytes), "k", &minute, 1, S(61), NULL), 'y', "what was counted is there");
    ok(gw_counters_attach(memory, bytes - 4096) == NULL, "another size is another layout");
    ((char *)counters)[0] ^= 1;
    ok(gw_counters_attach(memory, bytes) == NULL, "another mark, too");
    ok(gw_counters_format(memory, 100) == NULL, "too little to count in");
    free(memory);
}

/* Strangers come by the thousand; one who comes often stays known. */
static void check_eviction(void)
{
    static const gw_limit hour = { GW_PERIOD_HOUR, 10 };
    gw_counters *counters = new_counters(65536);
    int passed = 0;

    for (int i = 0; i < 50000; i++) {
        char key[32];

        apr_snprintf(key, sizeof(key), "stranger-%d", i);
        take(counters, key, &hour, 1, S(3600), NULL);
        if (i % 100 == 0)
            passed += take(counters, "often", &hour, 1, S(3600), NULL) == 'y';
    }
    is_int(passed, 10, "a hot counter survives 50,000 strangers");
}

/* All rows are full of counters with two requests, whose window is over; who comes then comes first with one. */
static void check_new_window(void)
{
    static const gw_limit hour = { GW_PERIOD_HOUR, 10 };
    gw_counters *counters = new_counters(65536);
    int counted = 0;

    for (int i = 0; i < 40400; i++) {
        const int is_old = i < 40000;
        gw_usage usage;
        char key[32];

        apr_snprintf(key, sizeof(key), "%s-%d", is_old ? "old" : "new", is_old ? i / 2 : i % 200);
        take(counters, key, &hour, 1, S(is_old ? 3600 : 7200), &usage);
        counted += !is_old && gw_usage_remaining(&usage, 0) == (i < 40200 ? 9 : 8);
    }
    is_int(counted, 400, "counters of a window that is over are free: nobody of the next one loses his");
}

typedef struct crowd {
    gw_counters *counters;
    int nkeys, passed;
} crowd;

static const gw_limit ten[] = { { GW_PERIOD_MINUTE, 10 }, { GW_PERIOD_HOUR, 25 } };

static void *run_crowd(void *data)
{
    crowd *c = data;

    for (int i = 0; i < 3000; i++) {
        char key[16];

        apr_snprintf(key, sizeof(key), "key%d", i % c->nkeys);
        c->passed += take(c->counters, key, ten, 2, S(7200), NULL) == 'y';
    }
    return NULL;
}

static int run_threads(gw_counters *counters, int nkeys)
{
    pthread_t threads[8];
    crowd crowds[8];
    int passed = 0;

    for (int i = 0; i < 8; i++) {
        crowds[i] = (crowd){ counters, nkeys, 0 };
        pthread_create(&threads[i], NULL, run_crowd, &crowds[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        passed += crowds[i].passed;
    }
    return passed;
}

static void check_crowds(void)
{
    is_int(run_threads(new_counters(65536), 1), 10, "24,000 requests of 8 threads, limit 10: exactly 10 pass");
    is_int(run_threads(new_counters(65536), 100), 1000, "the same for each of 100 keys that are new to all");
    is_int(run_threads(new_counters(1 << 20), 1000), 10000, "and for 1000");
}

/* The same among processes; one of them is killed while it counts. */
static void check_processes(void)
{
    static const gw_limit many = { GW_PERIOD_YEAR, 5000 };
    gw_counters *counters = new_counters(65536);
    int *passed = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    gw_usage usage;

    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            for (int k = 0; k < 4000; k++)
                if (take(counters, "shared", &many, 1, S(7200), NULL) == 'y')
                    __atomic_add_fetch(passed, 1, __ATOMIC_SEQ_CST);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    is_int(*passed, 5000, "four processes share a counter");
    is_int(take(counters, "shared", &many, 1, S(7200), &usage), 'n', "which is used up");
    is_int(usage.used[0], 5000, "to the last");
}

/* Processes that are killed while they count leave nothing that cannot be counted. */
static void check_killed(void)
{
    static const gw_limit hour = { GW_PERIOD_HOUR, 1000000000 };
    gw_counters *counters = new_counters(65536);
    apr_time_t now = S(7200);
    int nbad = 0;

    for (int round = 0; round < 40; round++) {
        pid_t pid = fork();

        if (pid == 0)
            for (unsigned i = (unsigned)round;; i = i * 1103515245 + 12345)
                take(counters, apr_psprintf(pool, "k%u", i >> 8), &hour, 1, now, NULL);
        apr_sleep(2000);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    now += S(2); /* whoever holds a row has held it for long */
    for (int i = 0; i < 20000; i++) {
        char key[16];

        apr_snprintf(key, sizeof(key), "after%d", i);
        nbad += take(counters, key, &hour, 1, now, NULL) != 'y';
    }
    is_int(nbad, 0, "after 40 processes were killed, everybody can be counted");
}

/* ---- keys ---- */

static void check_keys(void)
{
    static const gw_limit_key rows[] = {
        { "r", NULL, NULL, GW_BY_IP, "1.2.3.4" },  { NULL, "r", NULL, GW_BY_IP, "1.2.3.4" },
        { NULL, NULL, "r", GW_BY_IP, "1.2.3.4" },  { NULL, NULL, NULL, GW_BY_IP, "1.2.3.4" },
        { "r", NULL, NULL, GW_BY_HEADER, "1.2.3.4" }, { "r", NULL, NULL, GW_BY_IP, "1.2.3.5" },
        { "r", "1.2.3.4", NULL, GW_BY_IP, "" },    { "r", "s", NULL, GW_BY_IP, "1.2.3.4" },
    };
    int nsame = 0;

    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t k = 0; k < i; k++) {
            apr_size_t ilen, klen;
            const char *a = gw_limit_key_format(&ilen, &rows[i], pool), *b = gw_limit_key_format(&klen, &rows[k], pool);

            nsame += ilen == klen && memcmp(a, b, ilen) == 0;
        }
    is_int(nsame, 0, "no two keys have the same bytes");
#define NIL "00000000-0000-0000-0000-000000000000"
    is_str(gw_limit_key_show(&rows[0], pool), "r:" NIL ":1.2.3.4", "a route's");
    is_str(gw_limit_key_show(&rows[1], pool), NIL ":r:1.2.3.4", "a service's");
    is_int((int)strlen(gw_limit_key_show(&rows[2], pool)), 36 + 36 + 2 + 7, "a location's is a uuid");
    ok(strcmp(gw_limit_key_show(&rows[2], pool), gw_limit_key_show(&rows[3], pool)) != 0, "and not nil");
    is_str(gw_limit_key_show(&(gw_limit_key){ "r", "s", NULL, GW_BY_HEADER, "a b" }, pool),
           "r:s:sha256-c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65", "what is no plain text is summed");
    {
        static const char *const odd[] = { "1.2.3.4", "::1", "2001:db8::7", "sha256-c8687a08" };

        for (size_t i = 0; i < COUNT(odd); i++) {
            const gw_limit_key header = { "r", "s", NULL, GW_BY_HEADER, odd[i] };

            is_int((int)strlen(gw_limit_key_show(&header, pool)), 4 + 7 + 64, "a header that looks like another kind is summed");
        }
    }
    is_str(gw_limit_key_show(&(gw_limit_key){ "r", "s", NULL, GW_BY_HEADER, "1.2.3" }, pool), "r:s:1.2.3", "others are not");
}

/* ---- configuration ---- */

static const char *prepare(const char *config, gw_ratelimit_conf *conf)
{
    json_t *json = parse(config);
    gw_arena *arena = gw_arena_make(0);
    const gw_error *err = gw_schema_process(&gw_ratelimit_conf_schema, json, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);
    const char *why = err != NULL ? apr_pstrdup(pool, err->message) : NULL;

    memset(conf, 0, sizeof(*conf));
    if (why == NULL) {
        gw_schema_compile(&gw_ratelimit_conf_schema, json, conf, arena);
        why = gw_ratelimit_conf_prepare(conf, arena, pool);
    }
    json_decref(json);
    gw_arena_destroy(arena);
    return why;
}

static void check_config(void)
{
    static const struct { const char *config, *want; } rows[] = {
        { "{\"minute\":5}", NULL },
        { "{\"second\":1,\"minute\":5,\"year\":5}", NULL },
        { "{\"second\":10,\"minute\":5}", "The limit for minute(5.0) cannot be lower than the limit for second(10.0)" },
        { "{\"hour\":10,\"year\":9}", "The limit for year(9.0) cannot be lower than the limit for hour(10.0)" },
        { "{\"minute\":5,\"sync_rate\":10}", "sync_rate can only be used with the redis policy" },
        { "{\"minute\":5,\"policy\":\"local\",\"sync_rate\":-1}", NULL },
    };
    gw_ratelimit_conf conf;

    for (size_t i = 0; i < COUNT(rows); i++)
        is_str(prepare(rows[i].config, &conf), rows[i].want, rows[i].config);
    ok(prepare("{}", &conf) != NULL, "at least one limit");
    ok(prepare("{\"minute\":0}", &conf) != NULL, "more than 0");
    ok(prepare("{\"minute\":1,\"limit_by\":\"header\"}", &conf) != NULL, "which header?");
    ok(prepare("{\"minute\":1,\"limit_by\":\"path\"}", &conf) != NULL, "which path?");
    ok(prepare("{\"minute\":1.5,\"hour\":2e18,\"limit_by\":\"path\",\"path\":\"/x\"}", &conf) == NULL, "fractions and more");
    is_int(conf.nlimits, 2, "limits");
    is_int(conf.limits[0].limit, 2, "a fraction of a request is a request");
    is_int(conf.limits[1].limit, 9000000000000000, "more than anybody can count");
    is_int(conf.limit_by, GW_BY_PATH, "limit_by");
}

int main(void)
{
    begin();
    check_windows();
    check_calendar();
    check_telling();
    check_counting();
    check_memory();
    check_eviction();
    check_new_window();
    check_crowds();
    check_processes();
    check_killed();
    check_keys();
    check_config();
    return end();
}
