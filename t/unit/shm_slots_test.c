/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shm_slots_test.c - children as forked processes: they follow, are late, are killed, come and go. Nothing sleeps to
 * "give it time": each side waits for the other's numbers, bounded by the patience of a loaded machine.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "high_water.h"
#include "shm_slots.h"
#include "tap.h"

#define PATIENCE apr_time_from_sec(20)

static gw_slots *make_slots(int nslots)
{
    apr_size_t bytes = gw_slots_bytes(nslots);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        abort();
    return gw_slots_format(memory, bytes, nslots);
}

/* A child's builder in its shortest form; ends when the generation reaches `last`. */
static pid_t fork_follower(gw_slots *slots, apr_uint64_t last)
{
    pid_t pid = fork();

    if (pid == 0) {
        int slot = gw_slots_claim(slots, getpid());
        apr_uint64_t g;

        do {
            apr_uint32_t bell = gw_slots_bell(slots);

            g = gw_slots_generation(slots);
            gw_slots_apply(slots, slot, g, GW_SLOT_READY);
            if (g < last)
                gw_slots_sleep(slots, bell, apr_time_from_sec(60));
        } while (g < last);
        gw_slots_leave(slots, slot);
        _exit(0);
    }
    return pid;
}

/* Until n children are READY; 0 when patience ends. */
static int await_ready(gw_slots *slots, int n)
{
    apr_time_t end = apr_time_now() + PATIENCE;
    gw_slot_view views[16];

    while (apr_time_now() < end) {
        int found = gw_slots_read(views, 16, slots), ready = 0;

        for (int i = 0; i < found; i++)
            ready += views[i].state == GW_SLOT_READY;
        if (ready == n)
            return 1;
        usleep(500);
    }
    return 0;
}

static void test_layout(void)
{
    char *memory = calloc(1, gw_slots_bytes(4));
    gw_slots *slots = gw_slots_format(memory, gw_slots_bytes(4), 4);

    ok(gw_slots_attach(memory, gw_slots_bytes(4)) == slots, "what was laid out is found again");
    ok(gw_slots_attach(memory, gw_slots_bytes(3)) == NULL, "memory that is too small for it is refused");
    is_int(gw_slots_generation(slots), 1, "the first generation is 1: nobody serves it yet");
    is_int(gw_slots_floor(slots), 0, "nothing was promised");
    memset(memory, 'x', gw_slots_bytes(4));
    ok(gw_slots_attach(memory, gw_slots_bytes(4)) == NULL, "another layout is refused");
    free(memory);
}

static void test_claims(void)
{
    gw_slots *slots = make_slots(2);
    gw_slot_view views[1];
    int a = gw_slots_claim(slots, getpid()), b = gw_slots_claim(slots, getppid());

    ok(a >= 0 && b >= 0 && a != b, "two children get two slots");
    ok(gw_slots_is_first(slots, 0) && !gw_slots_is_first(slots, 1), "the one before is the first");
    gw_slots_apply(slots, 0, 1, GW_SLOT_STOPPING);
    ok(gw_slots_is_first(slots, 1), "one that goes is the first no more");
    is_int(gw_slots_claim(slots, getpid()), -1, "a third gets none");
    is_int(gw_slots_read(views, 1, slots), 2, "all are counted when the reader's room is smaller");
    gw_slots_leave(slots, a);
    ok(gw_slots_is_first(slots, b), "nor is one that has gone");
    is_int(gw_slots_claim(slots, getpid()), a, "a slot that was left is claimed again");
    gw_slots_clear_pid(slots, getppid());
    is_int(gw_slots_read(views, 1, slots), 1, "the parent clears the slot of a dead child");
    gw_slots_leave(slots, -1);
    ok(!gw_slots_is_first(slots, -1), "a child without a slot tells nothing");
    gw_slots_apply(slots, -1, 7, GW_SLOT_READY);
    is_int(gw_slots_read(views, 1, slots), 1, "a child without a slot disturbs nobody");
}

static void test_states(void)
{
    gw_slots *slots = make_slots(2);
    int slot = gw_slots_claim(slots, getpid());
    gw_slot_view view;

    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 1, "a starting child is not waited for");
    gw_slots_apply(slots, slot, 2, GW_SLOT_READY);
    gw_slots_apply(slots, slot, 1, GW_SLOT_DEGRADED);
    gw_slots_read(&view, 1, slots);
    is_int(view.applied, 2, "what a child serves is never lowered");
    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 0,
           "a degraded child is not waited for, and told as pending");
    is_int(gw_slots_floor(slots), 3, "the floor is lifted all the same");
    gw_slots_apply(slots, slot, 3, GW_SLOT_STOPPING);
    gw_slots_apply(slots, slot, 3, GW_SLOT_READY);
    gw_slots_read(&view, 1, slots);
    is_int(view.state, GW_SLOT_STOPPING, "stopping is for good");
    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 1, "a stopping child is not waited for");
}

static void test_followers(void)
{
    enum { NCHILDREN = 3, NWRITES = 200 };
    gw_slots *slots = make_slots(8);
    apr_uint64_t last = gw_slots_generation(slots) + NWRITES;
    int answered = 0, behind = 0, clean = 0;

    for (int i = 0; i < NCHILDREN; i++)
        fork_follower(slots, last);
    ok(await_ready(slots, NCHILDREN), "the children come up");
    for (int i = 0; i < NWRITES; i++) {
        gw_slot_view views[8];
        apr_uint64_t g = gw_slots_raise(slots);
        int n;

        answered += gw_slots_await(slots, g, PATIENCE);
        n = gw_slots_read(views, 8, slots);
        for (int k = 0; k < n; k++)
            behind += views[k].applied < g;
        behind += gw_slots_floor(slots) < g;
    }
    is_int(answered, NWRITES, "each write is answered after all follow");
    is_int(behind, 0, "no child is behind when a writer is answered");
    for (int i = 0, status; i < NCHILDREN; i++)
        clean += wait(&status) > 0 && status == 0;
    is_int(clean, NCHILDREN, "the children leave");
    is_int(gw_slots_read(NULL, 0, slots), 0, "and their slots are free");
}

static void test_many_writers(void)
{
    enum { NWRITERS = 4, NWRITES = 50 };
    gw_slots *slots = make_slots(8);
    apr_uint64_t last = gw_slots_generation(slots) + NWRITERS * NWRITES;
    int status, clean = 0;

    fork_follower(slots, last);
    ok(await_ready(slots, 1), "a follower comes up");
    for (int i = 0; i < NWRITERS; i++)
        if (fork() == 0) {
            int good = 1;

            for (int k = 0; k < NWRITES; k++)
                good &= gw_slots_await(slots, gw_slots_raise(slots), PATIENCE);
            _exit(good ? 0 : 1);
        }
    while (wait(&status) > 0)
        clean += status == 0;
    is_int(clean, NWRITERS + 1, "writers of several processes are all answered");
    is_int(gw_slots_generation(slots), last, "no raise is lost");
    is_int(gw_slots_floor(slots), last, "the floor is the last write");
}

static void test_stopped_child(void)
{
    gw_slots *slots = make_slots(4);
    pid_t pid = fork_follower(slots, 1000);
    apr_time_t began, first, second;

    ok(await_ready(slots, 1), "a child comes up");
    kill(pid, SIGSTOP);
    waitpid(pid, NULL, WUNTRACED);
    began = apr_time_now();
    is_int(gw_slots_await(slots, gw_slots_raise(slots), apr_time_from_msec(300)), 0, "a stopped child is pending");
    first = apr_time_now() - began;
    ok(first >= apr_time_from_msec(290), "the writer gave it its time");
    began = apr_time_now();
    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 0, "the next write tells it as pending too");
    second = apr_time_now() - began;
    ok(second < PATIENCE / 4, "but waits for it no more");
    kill(pid, SIGCONT);
    began = apr_time_now();
    while (!gw_slots_await(slots, gw_slots_generation(slots), PATIENCE) && apr_time_now() - began < PATIENCE)
        usleep(500);
    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 1, "once it moves it is waited for again");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void test_killed_child(void)
{
    gw_slots *slots = make_slots(4);
    pid_t pid = fork_follower(slots, 1000);

    ok(await_ready(slots, 1), "a child comes up");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 1, "the writer finds that a child is dead");
    is_int(gw_slots_read(NULL, 0, slots), 0, "and clears its slot");
}

/* Killed, and its parent (here: we) does not ask about it: what kill() takes for alive is not waited for. */
static void test_unreaped_child(void)
{
    gw_slots *slots = make_slots(4);
    pid_t pid = fork_follower(slots, 1000), stopped = fork_follower(slots, 1000);
    gw_slots_waits waits;
    siginfo_t info;

    ok(await_ready(slots, 2), "two children come up");
    kill(pid, SIGKILL);
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    is_int(kill(pid, 0), 0, "a killed child that nobody has asked about is taken for alive");
    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 1, "but not by a writer");
    is_int(gw_slots_read(NULL, 0, slots), 1, "which clears its slot");
    kill(stopped, SIGSTOP);
    waitpid(stopped, NULL, WUNTRACED);
    is_int(gw_slots_await(slots, gw_slots_raise(slots), apr_time_from_msec(300)), 0, "a stopped child is pending");
    gw_slots_read_waits(&waits, slots);
    is_int(waits.total, 2, "two waits are counted");
    is_int(waits.pending, 1, "one of them ended without everybody");
    ok(waits.longest >= apr_time_from_msec(290) && waits.longest < PATIENCE, "the longest is that of the second");
    kill(stopped, SIGKILL);
    waitid(P_PID, (id_t)stopped, &info, WEXITED | WNOWAIT);
    is_int(gw_slots_await(slots, gw_slots_raise(slots), PATIENCE), 1, "one that was late, and then killed, is dead, too");
    is_int(gw_slots_read(NULL, 0, slots), 0, "its slot is free");
    while (wait(NULL) > 0)
        ;
}

static void test_duties(void)
{
    gw_slots *slots = make_slots(1);
    apr_time_t now = apr_time_now();

    is_int(gw_slots_take_duty(slots, GW_DUTY_SAVE, now, 100), 1, "a duty is due at first");
    is_int(gw_slots_take_duty(slots, GW_DUTY_SAVE, now + 99, 100), 0, "then not until its interval is over");
    is_int(gw_slots_take_duty(slots, GW_DUTY_PRUNE, now, 100), 1, "another duty has its own time");
    is_int(gw_slots_take_duty(slots, GW_DUTY_SAVE, now + 100, 100), 1, "then again");
    is_int(gw_slots_take_duty(slots, GW_DUTY_SAVE, now - 1000, 100), 1, "a clock that was set back stops nothing");
    gw_slots_set_saved(slots, 5);
    gw_slots_set_saved(slots, 3);
    is_int(gw_slots_saved(slots), 5, "what was saved is never lowered");
}

static void test_clock(void)
{
    gw_slots *slots = make_slots(1);
    const apr_time_t noon = apr_time_from_sec(1000000);

    is_int(gw_slots_clock(slots, noon), noon, "the time is what the clock says");
    is_int(gw_slots_clock(slots, noon + 7), noon + 7, "to the microsecond, while it goes on");
    is_int(gw_slots_clock(slots, noon + apr_time_from_sec(60)), noon + apr_time_from_sec(60), "a minute later");
    is_int(gw_slots_clock(slots, noon), noon + apr_time_from_sec(60), "a clock that was set back is not believed");
    is_int(gw_slots_clock(slots, 0), noon + apr_time_from_sec(60), "however far");
    is_int(gw_slots_clock(slots, noon + apr_time_from_sec(61)), noon + apr_time_from_sec(61), "until it has caught up");
}

static void test_high_water(apr_pool_t *p)
{
    static const struct { const char *text; apr_time_t want; const char *why; } rows[] = {
        { "1700000000000000\n", 1700000000000000, "a file of ours" },
        { "1700000000000000", 0, "one that was cut off" },
        { "", 0, "an empty one" },
        { "soon\n", 0, "one that says nothing" },
        { "-5\n", 0, "one from before all time" },
        { "99999999999999999999999999\n", 0, "one that is too large" },
    };
    char dir[] = "/tmp/gw-clock-XXXXXX";
    const char *name;
    size_t i;

    if (mkdtemp(dir) == NULL)
        abort();
    name = apr_pstrcat(p, dir, "/clock", NULL);
    is_int(gw_high_water_load(name, p), 0, "no file, no mark");
    is_int(gw_high_water_save(name, 1234567890123456, p), APR_SUCCESS, "a mark is saved");
    is_int(gw_high_water_load(name, p), 1234567890123456, "and found again");
    for (i = 0; i < COUNT(rows); i++) {
        FILE *out = fopen(name, "w");

        if (out == NULL)
            abort();
        fputs(rows[i].text, out);
        fclose(out);
        is_int(gw_high_water_load(name, p), rows[i].want, rows[i].why);
    }
    ok(gw_high_water_save(apr_pstrcat(p, dir, "/none/clock", NULL), 1, p) != APR_SUCCESS, "no folder, no file");
    unlink(name);
    rmdir(dir);
}

int main(void)
{
    apr_pool_t *p;

    alarm(120);
    apr_initialize();
    apr_pool_create(&p, NULL);
    test_clock();
    test_high_water(p);
    test_layout();
    test_claims();
    test_states();
    test_followers();
    test_many_writers();
    test_stopped_child();
    test_killed_child();
    test_unreaped_child();
    test_duties();
    return done();
}
