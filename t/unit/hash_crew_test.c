/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_crew_test.c - the crew's bounds: how many work, how many wait, and what happens at its end.
 */
#include "hash_crew.h"
#include "tap.h"
#include "thread_claim.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
#include <apr_general.h>
#include <apr_thread_proc.h>

DO_NOT_LOOK_FOR_LEAKS

/* Work that waits until it is let go. `most_at_work` counts the crew's threads alone: on a machine that leaves them
 * nothing, the reserve works beside them. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    int is_open, nat_work, nresting, most_at_work, ndone, nrefused;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };

static gw_hash_crew *crew;

static void work(void *baton)
{
    const int is_resting = sched_getscheduler(0) == SCHED_IDLE;

    (void)baton;
    pthread_mutex_lock(&gate.lock);
    gate.nat_work++;
    gate.nresting += is_resting;
    if (gate.nresting > gate.most_at_work)
        gate.most_at_work = gate.nresting;
    pthread_cond_broadcast(&gate.moved);
    while (!gate.is_open)
        pthread_cond_wait(&gate.moved, &gate.lock);
    gate.nat_work--;
    gate.nresting -= is_resting;
    pthread_mutex_unlock(&gate.lock);
}

static void *bring(void *unused)
{
    apr_status_t rv = gw_hash_crew_do(crew, work, NULL);

    (void)unused;
    pthread_mutex_lock(&gate.lock);
    gate.ndone += rv == APR_SUCCESS;
    gate.nrefused += rv == APR_EAGAIN;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.lock);
    return NULL;
}

static void wait_for(const int *number, int want)
{
    pthread_mutex_lock(&gate.lock);
    while (*number < want)
        pthread_cond_wait(&gate.moved, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static void open_gate(int is_open)
{
    pthread_mutex_lock(&gate.lock);
    gate.is_open = is_open;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.lock);
}

enum { NTHREADS = 2, NWAITING = 3, NBRINGERS = 20 };

static gw_hash_crew *start(int nthreads, int max_waiting, apr_interval_time_t patience)
{
    gw_hash_crew_options options = { .nthreads = nthreads, .max_waiting = max_waiting, .patience = patience };

    return gw_hash_crew_start(&options);
}

static void test_bounds(void)
{
    pthread_t bringers[NBRINGERS];

    crew = start(NTHREADS, NWAITING, apr_time_from_sec(600));
    for (int i = 0; i < NBRINGERS; i++)
        pthread_create(&bringers[i], NULL, bring, NULL);
    wait_for(&gate.nrefused, NBRINGERS - NTHREADS - NWAITING);
    wait_for(&gate.nat_work, 1);
    is_int(gate.ndone, 0, "some work and some wait, all others were refused at once");
    open_gate(1);
    for (int i = 0; i < NBRINGERS; i++)
        pthread_join(bringers[i], NULL);
    is_int(gate.ndone, NTHREADS + NWAITING, "those that waited had their turn");
    is_int(gate.nrefused, NBRINGERS - NTHREADS - NWAITING, "no other was refused");
    ok(gate.most_at_work <= NTHREADS, "never more at once");
    bring(NULL);
    is_int(gate.ndone, NTHREADS + NWAITING + 1, "then there is room again");
    ok(gw_hash_crew_stop(crew, apr_time_from_sec(600)), "an idle crew ends");
    bring(NULL);
    is_int(gate.nrefused, NBRINGERS - NTHREADS - NWAITING + 1, "and takes nothing more");
}

static void *bring_until_done(void *unused)
{
    while (gw_hash_crew_do(crew, work, NULL) != APR_SUCCESS)
        ;
    return unused;
}

/* Whose turn does not come in time goes, whatever its place in the queue; the others stay. */
static void test_patience(void)
{
    enum { NBORED = 3 };
    static gw_hash_crew *lasting[2];
    pthread_t busy, bored[NBORED];

    lasting[0] = crew;
    open_gate(0);
    gate.ndone = gate.nrefused = gate.nat_work = 0;
    lasting[1] = crew = start(1, NBORED, 1000);
    pthread_create(&busy, NULL, bring_until_done, NULL);
    wait_for(&gate.nat_work, 1);
    for (int i = 0; i < NBORED; i++)
        pthread_create(&bored[i], NULL, bring, NULL);
    for (int i = 0; i < NBORED; i++)
        pthread_join(bored[i], NULL);
    is_int(gate.nrefused, NBORED, "nobody waits for ever");
    bring(NULL);
    is_int(gate.nrefused, NBORED + 1, "nor does the next one");
    open_gate(1);
    pthread_join(busy, NULL);
    is_int(gate.nat_work, 0, "what is being done is waited for");
    bring_until_done(NULL); /* a turn that comes late on a busy machine is taken another time */
    is_int(gate.nat_work, 0, "the queue is whole");
    ok(lasting[0] != crew && gw_hash_crew_stop(crew, apr_time_from_sec(600)), "and ends");
}

/* Whether the server has threads to spare. */
static volatile int room;

static int has_room(void)
{
    return room;
}

/* The long queue is open while there is room, and shrinks to the short one when that ends. */
static void test_room(void)
{
    enum { NPATIENT = 6, NMORE = 5, NALL = 1 + NPATIENT + NMORE };
    gw_hash_crew_options options = { .nthreads = 1, .max_waiting = 2, .max_patient = NPATIENT,
                                     .patience = apr_time_from_sec(600), .has_room = has_room };
    static gw_hash_crew *lasting[2];
    pthread_t bringers[NALL];

    lasting[0] = crew;
    open_gate(0);
    gate.ndone = gate.nrefused = gate.nat_work = 0;
    lasting[1] = crew = gw_hash_crew_start(&options);
    room = 1;
    for (int i = 0; i < NALL; i++)
        pthread_create(&bringers[i], NULL, bring, NULL);
    wait_for(&gate.nrefused, NMORE);
    wait_for(&gate.nat_work, 1);
    is_int(gate.nrefused, NMORE, "with room the queue is long, not endless");
    room = 0;
    wait_for(&gate.nrefused, NMORE + NPATIENT - options.max_waiting);
    apr_sleep(3 * apr_time_from_msec(100)); /* each of them looks around three times */
    is_int(gate.nrefused, NMORE + NPATIENT - options.max_waiting, "without room those beyond the short queue go");
    bring(NULL);
    is_int(gate.nrefused, NMORE + NPATIENT - options.max_waiting + 1, "and nobody comes in");
    open_gate(1);
    for (int i = 0; i < NALL; i++)
        pthread_join(bringers[i], NULL);
    is_int(gate.ndone, 1 + options.max_waiting, "the short queue has its turn");
    ok(lasting[0] != crew && gw_hash_crew_stop(crew, apr_time_from_sec(600)), "and the crew ends");
}

static void *stop(void *was_whole)
{
    *(int *)was_whole = gw_hash_crew_stop(crew, apr_time_from_sec(600));
    return NULL;
}

static void test_end(void)
{
    pthread_t bringers[2], stopper;
    int was_whole = 0;

    open_gate(0);
    gate.ndone = gate.nrefused = gate.nat_work = 0;
    crew = start(1, NWAITING, apr_time_from_sec(600));
    pthread_create(&bringers[0], NULL, bring, NULL);
    wait_for(&gate.nat_work, 1);
    pthread_create(&bringers[1], NULL, bring, NULL);
    is_int(gw_hash_crew_stop(crew, 1), 0, "a crew at work is not waited for without end");
    pthread_join(bringers[1], NULL);
    is_int(gate.nrefused, 1, "what waits is refused");
    pthread_create(&stopper, NULL, stop, &was_whole);
    open_gate(1);
    pthread_join(stopper, NULL);
    pthread_join(bringers[0], NULL);
    is_int(gate.ndone, 1, "what was begun is brought to its end");
    ok(was_whole, "then the crew is gone");
}

/* Who does the work: an idle thread of the crew, or its reserve. Work that takes no processor's time looks starved. */
static void look_who(void *baton)
{
    *(int *)baton = sched_getscheduler(0);
    apr_sleep(apr_time_from_msec(300));
}

static void *try_to_rest(void *is_starved)
{
    gw_claim_rest();
    *(int *)is_starved = gw_claim_is_starved();
    return NULL;
}

/* Whether this machine leaves nothing at all to those who take what others leave. */
static int is_machine_busy(void)
{
    pthread_t thread;
    int is_starved = 0;

    pthread_create(&thread, NULL, try_to_rest, &is_starved);
    pthread_join(thread, NULL);
    return is_starved;
}

static void test_starved(void)
{
    int policy = -1;

    crew = start(1, NWAITING, apr_time_from_sec(600));
    for (int i = 0; i < 100 && policy != SCHED_OTHER; i++)
        gw_hash_crew_do(crew, look_who, &policy);
    is_int(policy, SCHED_OTHER, "when its threads are starved, the reserve works");
    for (int i = 0; i < 100 && policy != SCHED_IDLE; i++)
        gw_hash_crew_do(crew, look_who, &policy);
    ok(policy == SCHED_IDLE || is_machine_busy(), "they find out when there is something left again, and take what others leave");
    ok(gw_hash_crew_stop(crew, apr_time_from_sec(600)), "the reserve ends with the others");
}

static void *bring_to_look(void *policy)
{
    gw_hash_crew_do(crew, look_who, policy);
    return NULL;
}

/* Who works on what was waiting already when a new crew's only thread found out that it is starved. */
static int who_takes_over(void)
{
    pthread_t busy, waiting;
    int policy = -1;

    crew = start(1, NWAITING, apr_time_from_sec(600));
    open_gate(0);
    gate.nat_work = 0;
    pthread_create(&busy, NULL, bring, NULL);
    wait_for(&gate.nat_work, 1);
    pthread_create(&waiting, NULL, bring_to_look, &policy);
    apr_sleep(apr_time_from_msec(300)); /* work that takes no processor's time, again; the other waits by then */
    open_gate(1);
    pthread_join(busy, NULL);
    pthread_join(waiting, NULL);
    gw_hash_crew_stop(crew, apr_time_from_sec(600));
    return policy;
}

static void test_taken_over(void)
{
    int policy = -1;

    for (int i = 0; i < 5 && policy != SCHED_OTHER; i++)
        policy = who_takes_over();
    is_int(policy, SCHED_OTHER, "what was waiting then is the reserve's at once");
}

static void *bring_to(void *crew_)
{
    return gw_hash_crew_do(crew_, work, NULL) == APR_SUCCESS ? crew_ : NULL;
}

/* Whoever is killed at work, as a child of httpd may be. */
static void die_in(apr_proc_mutex_t *place)
{
    const pid_t pid = fork();

    if (pid == 0) {
        apr_proc_mutex_lock(place);
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, NULL, 0);
}

/* Two crews, as two children have them, which share one place. */
static void test_places(void)
{
    apr_pool_t *p;
    apr_proc_mutex_t *place;
    gw_hash_crew_options options = { .nthreads = 1, .max_waiting = 1, .patience = apr_time_from_sec(600), .places = &place };
    static gw_hash_crew *crews[2];
    pthread_t bringers[2];
    void *did[2] = { NULL, NULL };

    apr_pool_create(&p, NULL);
    apr_proc_mutex_create(&place, NULL, APR_LOCK_SYSVSEM, p);
    open_gate(0);
    gate.nat_work = gate.most_at_work = 0;
    die_in(place);
    for (int i = 0; i < 2; i++)
        crews[i] = gw_hash_crew_start(&options);
    pthread_create(&bringers[0], NULL, bring_to, crews[0]);
    wait_for(&gate.nat_work, 1);
    is_int(gate.nat_work, 1, "whoever was killed has left the place");
    pthread_create(&bringers[1], NULL, bring_to, crews[1]);
    for (int i = 0; i < 50 && gate.most_at_work < 2; i++)
        apr_sleep(apr_time_from_msec(10));
    ok(gate.most_at_work <= 1, "in one place one works, whatever crew it is of");
    open_gate(1);
    for (int i = 0; i < 2; i++)
        pthread_join(bringers[i], &did[i]);
    ok(did[0] != NULL && did[1] != NULL, "the other has its turn afterwards");
    apr_proc_mutex_destroy(place);
    ok(bring_to(crews[0]) != NULL && bring_to(crews[1]) != NULL, "when places are gone, all work without");
    for (int i = 0; i < 2; i++)
        ok(gw_hash_crew_stop(crews[i], apr_time_from_sec(600)), "each of them ends");
    apr_pool_destroy(p);
}

typedef apr_status_t create_fn(apr_thread_t **thread, apr_threadattr_t *attr, apr_thread_start_t run, void *baton,
                               apr_pool_t *p);

/* How many threads the system gives; -1 = as many as are wanted. */
static int nleft = -1;

/* Stands before APR's. */
apr_status_t apr_thread_create(apr_thread_t **thread, apr_threadattr_t *attr, apr_thread_start_t run, void *baton,
                               apr_pool_t *p)
{
    if (nleft == 0)
        return APR_EAGAIN;
    nleft -= nleft > 0;
    return ((create_fn *)dlsym(RTLD_NEXT, "apr_thread_create"))(thread, attr, run, baton, p);
}

static void test_no_threads(void)
{
    nleft = 0;
    ok(start(2, NWAITING, 1) == NULL, "no thread at all: there is no crew");
    nleft = 1;
    ok(start(2, NWAITING, 1) == NULL, "nor is there one of the reserve alone");
    nleft = 2;
    crew = start(2, NWAITING, apr_time_from_sec(600));
    nleft = -1;
    ok(crew != NULL, "one thread and the reserve are a crew");
    open_gate(1);
    bring(NULL);
    is_int(gate.ndone, 1, "which works");
    ok(gw_hash_crew_stop(crew, apr_time_from_sec(600)), "and ends");
    open_gate(0);
    gate.ndone = gate.most_at_work = 0;
}

int main(void)
{
    apr_initialize();
    test_no_threads();
    test_bounds();
    test_patience();
    test_room();
    test_end();
    test_starved();
    test_taken_over();
    test_places();
    return done();
}
