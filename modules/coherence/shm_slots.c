/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shm_slots.c - see shm_slots.h. Every member that changes is one atomic word; sequential consistency throughout,
 * because a write takes a millisecond and a wrong fence would take a week.
 *
 * Sleeping is a futex on Linux (not PRIVATE: the words are shared between processes), a short poll elsewhere.
 */
#include "shm_slots.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#define MAGIC 0x67775f736c6f7473ULL /* "gw_slots" */
#define LAYOUT 3                    /* raise it with every change of the structs below */
#define LINE_BYTES 64
#define CLOCK_STEP apr_time_from_msec(100) /* the mark is written no oftener, many read it */

typedef struct slot {
    apr_int64_t pid;      /* 0 = free; claimed by compare-and-swap */
    apr_uint64_t applied; /* written by its child only */
    apr_uint32_t state;   /* gw_slot_state */
    apr_uint32_t is_late; /* a writer gave up on it; cleared when it moves */
} __attribute__((aligned(LINE_BYTES))) slot;

struct gw_slots {
    apr_uint64_t magic; /* these four: written once, before any child exists */
    apr_uint32_t layout;
    apr_uint32_t nslots;
    apr_uint64_t gen __attribute__((aligned(LINE_BYTES)));
    apr_uint64_t floor __attribute__((aligned(LINE_BYTES)));
    apr_uint32_t bell __attribute__((aligned(LINE_BYTES))); /* builders sleep on it */
    apr_uint32_t ack __attribute__((aligned(LINE_BYTES)));  /* writers sleep on it */
    apr_uint32_t nwriters;                                  /* asleep on ack, roughly */
    apr_uint64_t waits;                                     /* of writers: all, */
    apr_uint64_t pending;                                   /* those that ended without everybody, */
    apr_uint64_t longest;                                   /* and the longest, apr_interval_time_t */
    apr_uint64_t saved;
    apr_int64_t due[GW_NDUTIES]; /* apr_time_t */
    apr_uint64_t clock __attribute__((aligned(LINE_BYTES))); /* high-water mark, apr_time_t */
    slot slots[] __attribute__((aligned(LINE_BYTES)));
};

#define LOAD(word) __atomic_load_n(&(word), __ATOMIC_SEQ_CST)
#define STORE(word, value) __atomic_store_n(&(word), (value), __ATOMIC_SEQ_CST)
#define ADD(word, n) __atomic_add_fetch(&(word), (n), __ATOMIC_SEQ_CST)
#define SWAP_IF(word, expected, value)                                                                                 \
    __atomic_compare_exchange_n(&(word), &(expected), (value), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

static void word_sleep(const apr_uint32_t *word, apr_uint32_t seen, apr_interval_time_t timeout)
{
#ifdef __linux__
    struct timespec ts = { .tv_sec = apr_time_sec(timeout), .tv_nsec = apr_time_usec(timeout) * 1000 };

    syscall(SYS_futex, word, FUTEX_WAIT, seen, &ts, NULL, 0);
#else
    apr_time_t end = apr_time_now() + timeout;

    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == seen && apr_time_now() < end)
        apr_sleep(apr_time_from_msec(2));
#endif
}

static void word_wake(apr_uint32_t *word)
{
    ADD(*word, 1);
#ifdef __linux__
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
#endif
}

static void raise_to(apr_uint64_t *word, apr_uint64_t g)
{
    apr_uint64_t old = LOAD(*word);

    while (old < g && !SWAP_IF(*word, old, g))
        ;
}

/* Free the slot if it is still this pid's. */
static void clear_slot(gw_slots *slots, slot *sl, apr_int64_t pid)
{
    if (SWAP_IF(sl->pid, pid, 0))
        word_wake(&slots->ack);
}

/* Time that no one sets: a writer's patience ends when it is over, whatever becomes of the clock. */
static apr_time_t steady_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return apr_time_from_sec(ts.tv_sec) + ts.tv_nsec / 1000;
}

/* Has it ended, though its parent has not asked about it yet? Until then, up to a second, kill() takes it for alive. */
static int is_unreaped(apr_int64_t pid)
{
    int has_ended = 0;
#ifdef SYS_pidfd_open
    struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0), .events = POLLIN };

    if (end.fd >= 0) {
        has_ended = poll(&end, 1, 0) == 1 && (end.revents & POLLIN) != 0;
        close(end.fd);
    }
#else
    (void)pid;
#endif
    return has_ended;
}

static int is_dead(apr_int64_t pid)
{
    return (kill((pid_t)pid, 0) != 0 && errno == ESRCH) || is_unreaped(pid);
}

/* 1 when this pid's process is gone; then its slot is free. */
static int clear_if_dead(gw_slots *slots, slot *sl, apr_int64_t pid)
{
    if (!is_dead(pid))
        return 0;
    clear_slot(slots, sl, pid);
    return 1;
}

/* Does a writer wait for this slot? The dead are cleared on the way when `check_death`. */
static int is_awaited(gw_slots *slots, slot *sl, apr_uint64_t g, int check_death)
{
    apr_int64_t pid = LOAD(sl->pid);

    if (pid == 0 || LOAD(sl->state) != GW_SLOT_READY || LOAD(sl->is_late) || LOAD(sl->applied) >= g)
        return 0;
    return !(check_death && clear_if_dead(slots, sl, pid));
}

static int count_awaited(gw_slots *slots, apr_uint64_t g, int check_death)
{
    int n = 0;

    for (apr_uint32_t i = 0; i < slots->nslots; i++)
        n += is_awaited(slots, &slots->slots[i], g, check_death);
    return n;
}

/* Whoever is still awaited is late. A child that moves in this very moment clears the mark at its next step. */
static void mark_late(gw_slots *slots, apr_uint64_t g)
{
    for (apr_uint32_t i = 0; i < slots->nslots; i++)
        if (is_awaited(slots, &slots->slots[i], g, 1))
            STORE(slots->slots[i].is_late, 1);
}

/* STARTING children have no requests that could be served with an older generation (they wait for the floor), and
 * STOPPING ones take no new connections. The dead are nobody, were they late or degraded before. */
static int do_all_follow(gw_slots *slots, apr_uint64_t g)
{
    for (apr_uint32_t i = 0; i < slots->nslots; i++) {
        slot *sl = &slots->slots[i];
        apr_int64_t pid = LOAD(sl->pid);
        apr_uint32_t state = LOAD(sl->state);

        if (pid != 0 && LOAD(sl->applied) < g && (state == GW_SLOT_READY || state == GW_SLOT_DEGRADED)
            && !clear_if_dead(slots, sl, pid))
            return 0;
    }
    return 1;
}

apr_size_t gw_slots_bytes(int nslots)
{
    return sizeof(gw_slots) + (apr_size_t)nslots * sizeof(slot) + LINE_BYTES;
}

/* apr_shm gives memory aligned to 8 bytes only. */
static gw_slots *align(void *memory)
{
    return (gw_slots *)(((apr_uintptr_t)memory + LINE_BYTES - 1) & ~(apr_uintptr_t)(LINE_BYTES - 1));
}

gw_slots *gw_slots_format(void *memory, apr_size_t bytes, int nslots)
{
    gw_slots *slots = align(memory);

    memset(memory, 0, bytes);
    slots->nslots = (apr_uint32_t)nslots;
    slots->layout = LAYOUT;
    slots->gen = 1;
    STORE(slots->magic, MAGIC);
    return slots;
}

gw_slots *gw_slots_attach(void *memory, apr_size_t bytes)
{
    gw_slots *slots = align(memory);

    if (bytes < gw_slots_bytes(0) || slots->magic != MAGIC || slots->layout != LAYOUT
        || bytes < gw_slots_bytes((int)slots->nslots))
        return NULL;
    return slots;
}

int gw_slots_claim(gw_slots *slots, pid_t pid)
{
    for (apr_uint32_t i = 0; i < slots->nslots; i++) {
        slot *sl = &slots->slots[i];
        apr_int64_t old = LOAD(sl->pid);

        if (old != 0 && !is_dead(old))
            continue;
        if (!SWAP_IF(sl->pid, old, (apr_int64_t)pid))
            continue;
        STORE(sl->state, GW_SLOT_STARTING); /* until then a writer may wait for what the slot said before */
        STORE(sl->applied, 0);
        STORE(sl->is_late, 0);
        return (int)i;
    }
    return -1;
}

void gw_slots_leave(gw_slots *slots, int slot)
{
    if (slot < 0)
        return;
    STORE(slots->slots[slot].pid, 0);
    word_wake(&slots->ack);
}

void gw_slots_clear_pid(gw_slots *slots, pid_t pid)
{
    for (apr_uint32_t i = 0; i < slots->nslots; i++)
        clear_slot(slots, &slots->slots[i], (apr_int64_t)pid);
}

void gw_slots_apply(gw_slots *slots, int slot, apr_uint64_t g, gw_slot_state state)
{
    if (slot >= 0) {
        apr_uint32_t old = LOAD(slots->slots[slot].state);

        raise_to(&slots->slots[slot].applied, g);
        STORE(slots->slots[slot].is_late, 0);
        while (old != GW_SLOT_STOPPING && !SWAP_IF(slots->slots[slot].state, old, (apr_uint32_t)state))
            ;
    }
    if (LOAD(slots->nwriters) != 0)
        word_wake(&slots->ack);
}

apr_uint64_t gw_slots_generation(const gw_slots *slots)
{
    return LOAD(slots->gen);
}

apr_uint64_t gw_slots_floor(const gw_slots *slots)
{
    return LOAD(slots->floor);
}

apr_uint64_t gw_slots_raise(gw_slots *slots)
{
    apr_uint64_t g = ADD(slots->gen, 1);

    word_wake(&slots->bell);
    return g;
}

int gw_slots_await(gw_slots *slots, apr_uint64_t g, apr_interval_time_t timeout)
{
    apr_time_t began = steady_now(), now = began, end = began + timeout, check_at = began + GW_SLOTS_DEATH_CHECK;
    int all_follow;

    ADD(slots->nwriters, 1);
    for (;;) {
        apr_uint32_t ack = LOAD(slots->ack);
        int check_death = now >= check_at;

        if (count_awaited(slots, g, check_death) == 0)
            break;
        if (now >= end) {
            mark_late(slots, g);
            break;
        }
        if (check_death)
            check_at = now + GW_SLOTS_DEATH_CHECK;
        word_sleep(&slots->ack, ack, end - now < GW_SLOTS_DEATH_CHECK ? end - now : GW_SLOTS_DEATH_CHECK);
        now = steady_now();
    }
    ADD(slots->nwriters, -1);
    raise_to(&slots->floor, g);
    all_follow = do_all_follow(slots, g);
    ADD(slots->waits, 1);
    ADD(slots->pending, !all_follow);
    raise_to(&slots->longest, (apr_uint64_t)(steady_now() - began));
    return all_follow;
}

void gw_slots_read_waits(gw_slots_waits *waits, const gw_slots *slots)
{
    *waits = (gw_slots_waits){ LOAD(slots->waits), LOAD(slots->pending), (apr_interval_time_t)LOAD(slots->longest) };
}

apr_uint32_t gw_slots_bell(const gw_slots *slots)
{
    return LOAD(slots->bell);
}

void gw_slots_ring(gw_slots *slots)
{
    word_wake(&slots->bell);
}

void gw_slots_sleep(gw_slots *slots, apr_uint32_t bell, apr_interval_time_t timeout)
{
    if (timeout > 0 && LOAD(slots->bell) == bell)
        word_sleep(&slots->bell, bell, timeout);
}

int gw_slots_take_duty(gw_slots *slots, gw_duty duty, apr_time_t now, apr_interval_time_t interval)
{
    apr_int64_t due = LOAD(slots->due[duty]);

    if (due > now && due - now <= interval) /* further off than an interval: the clock was set back */
        return 0;
    return SWAP_IF(slots->due[duty], due, (apr_int64_t)(now + interval));
}

apr_uint64_t gw_slots_saved(const gw_slots *slots)
{
    return LOAD(slots->saved);
}

void gw_slots_set_saved(gw_slots *slots, apr_uint64_t g)
{
    raise_to(&slots->saved, g);
}

apr_time_t gw_slots_clock(gw_slots *slots, apr_time_t now)
{
    apr_time_t mark = (apr_time_t)LOAD(slots->clock);

    if (now <= mark)
        return mark;
    if (now - mark >= CLOCK_STEP)
        raise_to(&slots->clock, (apr_uint64_t)now);
    return now;
}

int gw_slots_is_first(const gw_slots *slots, int slot)
{
    int i = 0;

    while (i < slot && (LOAD(slots->slots[i].pid) == 0 || LOAD(slots->slots[i].state) == GW_SLOT_STOPPING))
        i++;
    return i == slot;
}

int gw_slots_read(gw_slot_view *views, int max, const gw_slots *slots)
{
    int n = 0;

    for (apr_uint32_t i = 0; i < slots->nslots; i++) {
        const slot *sl = &slots->slots[i];
        apr_int64_t pid = LOAD(sl->pid);

        if (pid == 0)
            continue;
        if (n < max)
            views[n] = (gw_slot_view){ .pid = (pid_t)pid, .state = LOAD(sl->state), .applied = LOAD(sl->applied) };
        n++;
    }
    return n;
}

const char *gw_slot_state_name(gw_slot_state state)
{
    static const char *const names[] = { "starting", "ready", "degraded", "stopping" };

    return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}
