/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shm_slots.h - the numbers that all processes of a node share: generation, floor, and a slot for each child.
 *
 * Numbers only: no lock, no list, nothing that a killed process could leave half-done. What changed stands in the
 * database's event table; here stands only *that* something did (docs/coherence.md). Pure on APR; the memory comes
 * from the caller (anonymous shared memory made before the children are forked). Every function may be called by any
 * thread of any process, unless told.
 *
 *   gw_slots: | magic, layout, nslots | gen | floor | bell | ack, waits | duties | clock | slots
 *   (64 bytes each)
 */
#ifndef GW_COHERENCE_SHM_SLOTS_H
#define GW_COHERENCE_SHM_SLOTS_H

#include <sys/types.h>

#include <apr.h>
#include <apr_time.h>

typedef struct gw_slots gw_slots;

/* A writer looks this often whether those that it waits for are alive. */
#define GW_SLOTS_DEATH_CHECK apr_time_from_msec(50)

typedef enum gw_slot_state {
    GW_SLOT_STARTING, /* has not followed yet: nobody waits for it, its own requests do */
    GW_SLOT_READY,
    GW_SLOT_DEGRADED, /* cannot read the store: nobody waits for it */
    GW_SLOT_STOPPING  /* drains; still follows as well as it can */
} gw_slot_state;

/* A copy of one slot, for /status. */
typedef struct gw_slot_view {
    pid_t pid;
    gw_slot_state state;
    apr_uint64_t applied;
} gw_slot_view;

/* How writers have waited since the memory was laid out. */
typedef struct gw_slots_waits {
    apr_uint64_t total, pending; /* pending: a child was late or degraded */
    apr_interval_time_t longest;
} gw_slots_waits;

/* Work that one process of the node is to do now and then. */
typedef enum gw_duty { GW_DUTY_SAVE, GW_DUTY_PRUNE, GW_DUTY_CLOCK, GW_NDUTIES } gw_duty;

/* ---- the memory ---- */
apr_size_t gw_slots_bytes(int nslots);
/* Lay out `bytes` of zeroed shared memory; the same pointer. */
gw_slots *gw_slots_format(void *memory, apr_size_t bytes, int nslots);
/* The slots in memory that an earlier generation of the server laid out; NULL when its layout is another one. */
gw_slots *gw_slots_attach(void *memory, apr_size_t bytes);

/* ---- children ---- */
/* A slot for this pid, STARTING. -1 when all are taken: the child then follows all the same, only no writer waits
 * for it. */
int gw_slots_claim(gw_slots *slots, pid_t pid);
/* Give a slot up; -1 is ignored. */
void gw_slots_leave(gw_slots *slots, int slot);
/* A process is gone without leaving (parent, or a writer that found it dead). */
void gw_slots_clear_pid(gw_slots *slots, pid_t pid);
/* This child serves generation g (never lowered) in that state; wakes writers. STOPPING stays STOPPING. */
void gw_slots_apply(gw_slots *slots, int slot, apr_uint64_t g, gw_slot_state state);

/* ---- generation ---- */
apr_uint64_t gw_slots_generation(const gw_slots *slots);
apr_uint64_t gw_slots_floor(const gw_slots *slots);
/* Something changed: the new generation; wakes all builders. */
apr_uint64_t gw_slots_raise(gw_slots *slots);
/* Wait (at most timeout) until every READY child serves g, then lift the floor to g. 1: every child that serves
 * requests follows; 0: one is late (it is not waited for again until it moves) or degraded. Who is dead is found out
 * within GW_SLOTS_DEATH_CHECK, whether its parent has noticed or not. */
int gw_slots_await(gw_slots *slots, apr_uint64_t g, apr_interval_time_t timeout);

/* ---- sleeping ---- */
/* Read the bell, look at what is to be done, then sleep: a ring in between ends the sleep at once. */
apr_uint32_t gw_slots_bell(const gw_slots *slots);
void gw_slots_ring(gw_slots *slots);
void gw_slots_sleep(gw_slots *slots, apr_uint32_t bell, apr_interval_time_t timeout);

/* ---- duties ---- */
/* 1 when the duty is due and this caller got it; due again after `interval`, whatever becomes of the caller. */
int gw_slots_take_duty(gw_slots *slots, gw_duty duty, apr_time_t now, apr_interval_time_t interval);
/* The generation that last-good holds. */
apr_uint64_t gw_slots_saved(const gw_slots *slots);
void gw_slots_set_saved(gw_slots *slots, apr_uint64_t g);

/* ---- time ---- */
/* The latest moment that any process of the node was told or has told, `now` included: time that never runs back. */
apr_time_t gw_slots_clock(gw_slots *slots, apr_time_t now);

/* ---- looking ---- */
/* 1: of the children that go on this is the first: what all of them see is its to tell. */
int gw_slots_is_first(const gw_slots *slots, int slot);
/* Copy the slots in use to views[max]; how many there are. */
int gw_slots_read(gw_slot_view *views, int max, const gw_slots *slots);
void gw_slots_read_waits(gw_slots_waits *waits, const gw_slots *slots);
const char *gw_slot_state_name(gw_slot_state state);

#endif
