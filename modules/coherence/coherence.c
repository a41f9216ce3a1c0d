/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coherence.c - the life of coherence: what post_config prepares, what a child starts and ends, how a request gets its
 * snapshot and how a writer learns that its change is in force.
 */
#include "coherence.h"

#include <unistd.h>

#include <apr_file_io.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <unixd.h>

#include "child.h"
#include "health.h"
#include "health_checks.h"
#include "high_water.h"
#include "location.h"
#include "registry.h"
#include "text.h"

APLOG_USE_MODULE(gw);

#define WRITER_PATIENCE apr_time_from_msec(750)
_Static_assert(WRITER_PATIENCE + GW_SLOTS_DEATH_CHECK < APR_USEC_PER_SEC, "no writer waits longer than a second");
#define DEGRADED_PATIENCE apr_time_from_msec(250)
#define JOIN_PATIENCE apr_time_from_sec(2)
#define NAMES_PATIENCE apr_time_from_msec(200)
#define TELL_INTERVAL apr_time_from_sec(10)
#define RETAINED_KEY "mod_gw_coherence_1" /* another number with every change of struct retained */

/* Lives as long as the parent process, over all restarts and reloads of our code. */
typedef struct retained {
    apr_shm_t *shm;
    void *memory;
    apr_size_t bytes;
    char node_id[37];
} retained;

/* The threads of this child. */
typedef struct threads {
    gw_child_thread *builder, *listener;
    int stop_pipe[2];
} threads;

static threads running;

static gw_child *const child = &gw_this_child;

/* ---- post_config ---- */

static int is_dry_run(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
}

static retained *get_retained(void)
{
    retained *kept = ap_retained_data_get(RETAINED_KEY);

    return kept != NULL ? kept : ap_retained_data_create(RETAINED_KEY, sizeof(*kept));
}

/* Room for the children of two generations that overlap at a graceful restart, and then some. */
static int count_slots(void)
{
    int n = 0;

    if (ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &n) != APR_SUCCESS || n < 1)
        n = 16;
    return n > 1024 ? 2048 : 2 * n + 8;
}

/* Shared memory is made once for each life of the parent, from the pool that ends with it: children of before and
 * after a graceful restart share it. */
static int attach_slots(retained *kept, server_rec *s)
{
    apr_pool_t *p = s->process->pool;
    int nslots = count_slots();
    apr_status_t rv;

    child->slots = kept->memory != NULL ? gw_slots_attach(kept->memory, kept->bytes) : NULL;
    child->was_running = kept->memory != NULL;
    if (child->slots != NULL)
        return OK;
    kept->bytes = gw_slots_bytes(nslots);
    if ((rv = apr_shm_create(&kept->shm, kept->bytes, NULL, p)) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     GWLOGNO(1600) "coherence: no shared memory: %" APR_SIZE_T_FMT " bytes are needed", kept->bytes);
        return !OK;
    }
    kept->memory = apr_shm_baseaddr_get(kept->shm);
    child->slots = gw_slots_format(kept->memory, kept->bytes, nslots);
    return OK;
}

/* GwStateDir belongs to the server's ordinary user, and to nobody else: it holds configurations with secrets. */
static void make_state_dir(server_rec *s, apr_pool_t *ptemp)
{
    const char *dir = child->options.state_dir;
    apr_finfo_t info;
    apr_status_t rv;

    if (apr_stat(&info, dir, APR_FINFO_TYPE, ptemp) == APR_SUCCESS)
        return;
    rv = apr_dir_make_recursive(dir, APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE, ptemp);
    if (rv == APR_SUCCESS && geteuid() == 0 && chown(dir, ap_unixd_config.user_id, ap_unixd_config.group_id) != 0)
        rv = APR_FROM_OS_ERROR(errno);
    if (rv != APR_SUCCESS && !is_dry_run())
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                     GWLOGNO(1601) "coherence: GwStateDir %s cannot be made: a child that starts while the database is "
                     "away will have nothing to serve", dir);
}

/* The uuid of this node: from the file of an earlier life, else new. */
static void settle_node_id(retained *kept, apr_pool_t *ptemp)
{
    const char *name = apr_pstrcat(ptemp, child->options.state_dir, "/node-id", NULL);
    char text[37] = "";
    apr_size_t len = 36;
    apr_file_t *file;

    if (kept->node_id[0] != '\0')
        return;
    if (apr_file_open(&file, name, APR_FOPEN_READ, APR_OS_DEFAULT, ptemp) == APR_SUCCESS) {
        apr_file_read_full(file, text, len, NULL);
        apr_file_close(file);
    }
    if (gw_uuid_is(text)) {
        apr_cpystrn(kept->node_id, text, sizeof(kept->node_id));
        return;
    }
    gw_uuid_make(kept->node_id);
    /* We may be root, and the folder is the ordinary user's: what that one has put there is not written through. */
    apr_file_remove(name, ptemp);
    if (apr_file_open(&file, name, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_EXCL,
                      APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_GREAD | APR_FPROT_WREAD, ptemp) == APR_SUCCESS) {
        apr_file_write_full(file, kept->node_id, len, NULL);
        apr_file_close(file);
    }
}

/* What this start brings into being, before any child. */
static int begin(server_rec *s, apr_pool_t *ptemp)
{
    retained *kept = get_retained();
    int rc;

    if ((rc = attach_slots(kept, s)) != OK)
        return rc;
    child->health = child->store != NULL ? gw_health_memory(s) : NULL;
    settle_node_id(kept, ptemp);
    child->node_id = kept->node_id;
    gw_slots_clock(child->slots, gw_high_water_load(child->high_water, ptemp));
    return child->store != NULL ? gw_migrate_run(child, ptemp) : OK;
}

int gw_coherence_post_config(const gw_coherence_options *options, apr_pool_t *pconf, server_rec *s)
{
    apr_pool_t *ptemp;
    int rc;

    *child = (gw_child){ .options = *options, .s = s, .slot = -1 };
    child->options.state_dir = apr_pstrdup(pconf, options->state_dir);
    child->options.sql_dir = options->sql_dir ? apr_pstrdup(pconf, options->sql_dir) : NULL;
    if (options->declarative_file != NULL)
        child->options.declarative_file = apr_pstrdup(pconf, options->declarative_file);
    child->last_good = apr_pstrcat(pconf, options->state_dir, "/last-good", NULL);
    child->high_water = apr_pstrcat(pconf, options->state_dir, "/clock", NULL);
    if ((rc = gw_handles_configure(child, pconf)) != OK)
        return rc;
    apr_pool_create(&ptemp, pconf);
    make_state_dir(s, ptemp); /* in the dry run, too: an embedded database may be in it */
    rc = is_dry_run() ? gw_migrate_check(child, ptemp) : begin(s, ptemp);
    apr_pool_destroy(ptemp);
    return rc;
}

gw_store *gw_coherence_store(void)
{
    return child->store;
}

const unsigned char *gw_coherence_secret(void)
{
    return GW_LOAD(child->has_secret) ? child->secret : NULL;
}

void gw_coherence_learn_secret(gw_db *db, apr_pool_t *p)
{
    gw_child_learn_secret(child, db, p);
}

const char *gw_coherence_node_id(void)
{
    return child->node_id;
}

void gw_coherence_register(apr_pool_t *p)
{
    (void)p;
    gw_handles_register();
}

/* ---- a child ---- */

/* Before anything of the child is destroyed. What does not end in time goes on and dies with the process: its memory
 * is its own. */
static apr_status_t end_child(void *data)
{
    (void)data;
    GW_SET(child->is_stopping, 1);
    if (running.stop_pipe[1] >= 0 && write(running.stop_pipe[1], "", 1) < 0)
        ap_log_error(APLOG_MARK, APLOG_DEBUG, errno, child->s, "coherence: the listener is not told to end");
    gw_slots_ring(child->slots);
    if (running.listener != NULL)
        gw_child_thread_join(running.listener, JOIN_PATIENCE);
    if (running.builder != NULL)
        gw_child_thread_join(running.builder, JOIN_PATIENCE);
    gw_health_checks_end(child, JOIN_PATIENCE);
    if (child->names != NULL)
        gw_names_stop(child->names, NAMES_PATIENCE); /* a request may still ask for one */
    gw_slots_leave(child->slots, child->slot);
    child->slot = -1;
    return APR_SUCCESS;
}

/* Nothing to follow: a snapshot without rows for Locations that name all they need. */
static void publish_nothing(apr_pool_t *p)
{
    const apr_array_header_t *plugins = gw_plugins_by_priority(), *locations = gw_location_list(child->s, p);
    gw_workshop *shop = gw_workshop_make(NULL);

    gw_workshop_use_plugins(shop, (const gw_plugin *const *)plugins->elts, plugins->nelts);
    gw_workshop_use_locations(shop, (const gw_location *)locations->elts, locations->nelts);
    gw_publish(child->publisher, gw_workshop_link(shop));
    child->applied = child->tried = gw_slots_generation(child->slots);
    gw_slots_apply(child->slots, child->slot, child->applied, GW_SLOT_READY);
}

/* A resolver's thread. */
static void note_addresses(void *unused)
{
    (void)unused;
    GW_SET(child->has_new_addresses, 1);
    gw_slots_ring(child->slots);
}

/* What the threads use lives as long as the process: one that could not be joined must not find it gone. */
void gw_coherence_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_pool_t *p;

    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS)
        exit(APEXIT_CHILDFATAL);
    child->s = s;
    child->publisher = gw_publisher_make(p);
    child->revocations = gw_revocation_set_make(p);
    child->slot = gw_slots_claim(child->slots, getpid());
    if (child->slot < 0)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     GWLOGNO(1602) "coherence: no free slot: writers will not wait for this child");
    if (child->revocations == NULL
        || apr_thread_mutex_create(&child->lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS
        || apr_thread_cond_create(&child->moved, p) != APR_SUCCESS || pipe(running.stop_pipe) != 0) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, errno, s, GWLOGNO(1603) "coherence: no mutex or pipe to be had");
        exit(APEXIT_CHILDFATAL);
    }
    child->stop_fd = running.stop_pipe[0];
    gw_handles_child_init(child, p);
    gw_lookup_child_init(child, p);
    apr_pool_pre_cleanup_register(pchild, NULL, end_child);
    if (child->store == NULL) {
        publish_nothing(p);
        return;
    }
    child->names = gw_names_make(&(gw_names_hooks){ .changed = note_addresses });
    running.builder = gw_builder_start(child);
    if (gw_store_driver(child->store) == GW_PGSQL)
        running.listener = gw_listener_start(child);
}

void gw_coherence_child_stopping(void)
{
    if (child->slots != NULL)
        gw_slots_apply(child->slots, child->slot, 0, GW_SLOT_STOPPING);
}

void gw_coherence_child_died(pid_t pid)
{
    if (child->slots != NULL)
        gw_slots_clear_pid(child->slots, pid);
}

/* ---- requests ---- */

/* The builder has not yet tried to reach what writers were promised; 1 is the first generation. */
static int is_behind(void)
{
    apr_uint64_t floor = gw_slots_floor(child->slots);

    return GW_LOAD(child->tried) < (floor > 0 ? floor : 1);
}

/* Wait for the builder, not longer than one may. A child that cannot read the store gets a moment only: the write that
 * raised the floor may mean that the store is back. */
static void catch_up(void)
{
    static apr_time_t told;
    apr_interval_time_t patience = child->options.propagation_timeout;
    apr_time_t now = apr_time_now(), end;

    if (GW_LOAD(child->is_degraded) && patience > DEGRADED_PATIENCE)
        patience = DEGRADED_PATIENCE;
    end = now + patience;
    apr_thread_mutex_lock(child->lock);
    for (; is_behind() && now < end && now + patience >= end; now = apr_time_now())
        apr_thread_cond_timedwait(child->moved, child->lock, end - now);
    apr_thread_mutex_unlock(child->lock);
    if (is_behind() && !GW_LOAD(child->is_degraded) && gw_is_time_to_tell(&told, TELL_INTERVAL))
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, child->s,
                     GWLOGNO(1604) "coherence: served with an older configuration: this child did not follow in time "
                     "(generation=%" APR_UINT64_T_FMT ", promised=%" APR_UINT64_T_FMT ")",
                     GW_LOAD(child->applied), gw_slots_floor(child->slots));
}

static apr_status_t release_edition(void *edition)
{
    gw_edition_release(edition);
    return APR_SUCCESS;
}

gw_edition *gw_coherence_hold(void)
{
    if (is_behind())
        catch_up();
    return gw_edition_acquire(child->publisher);
}

/* `edition` (may be NULL) is released with the request. */
static const gw_snapshot *leave_to_request(request_rec *r, gw_edition *edition)
{
    if (edition == NULL)
        return NULL;
    apr_pool_cleanup_register(r->pool, edition, release_edition, apr_pool_cleanup_null);
    return gw_edition_snapshot(edition);
}

const gw_snapshot *gw_snapshot_acquire(request_rec *r)
{
    return leave_to_request(r, gw_coherence_hold());
}

const gw_snapshot *gw_snapshot_at_hand(request_rec *r)
{
    return leave_to_request(r, gw_edition_acquire(child->publisher));
}

apr_time_t gw_time_now(void)
{
    apr_time_t now = apr_time_now();

    return child->slots != NULL ? gw_slots_clock(child->slots, now) : now;
}

/* ---- writers ---- */

int gw_coherence_announce(void)
{
    if (child->store == NULL)
        return 1;
    return gw_slots_await(child->slots, gw_slots_raise(child->slots), WRITER_PATIENCE);
}

void gw_coherence_ring(void)
{
    if (child->store != NULL)
        gw_slots_raise(child->slots);
}
