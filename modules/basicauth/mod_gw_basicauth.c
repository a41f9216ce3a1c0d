/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_basicauth.c - the basic-auth plugin: who asks is proved by name and password (RFC 7617).
 *
 * Wiring only. The header: basic_header.c; passwords at rest: password.c; the threads that hash: hash_crew.c; logins
 * that need no hash: verified_pairs.c; whether more may wait for one: spare_threads.c; how many hash in all children:
 * hash_places.c; what may be configured and stored: basicauth_schema.c.
 */
#include "mod_gw.h"

#include <stdlib.h>
#include <string.h>
#include <ap_mpm.h>
#include <http_core.h>
#include <http_log.h>

#include "basic_header.h"
#include "basicauth_schema.h"
#include "hash_crew.h"
#include "hash_places.h"
#include "password.h"
#include "spare_threads.h"
#include "text.h"
#include "verified_pairs.h"

#define PRIORITY 1100
#define REMEMBERED_PAIRS 16384
#define REMEMBERED_FOR apr_time_from_sec(300)
#define PATIENCE apr_time_from_sec(3)
#define PATIENCE_AT_END apr_time_from_sec(2)

extern GW_MODULE gw_basicauth_module;
APLOG_USE_MODULE(gw_basicauth);

static const char *const credential_identity[] = { "username", NULL };

static const gw_entity basicauth_credentials = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "basicauth_credentials",
    .path = "/basic-auths",
    .nested = "basic-auth",
    .endpoint_key = "username",
    .identity = credential_identity,
    .owner = "basicauth",
    .schema = &gw_basicauth_credential_schema,
    .placement = GW_CACHED,
    .lookup = "username",
    .conf_size = sizeof(gw_basicauth_credential),
    .transform = gw_basicauth_transform,
};

static gw_plugin basicauth_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "basic-auth",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHN,
    .flags = GW_PLUGIN_NO_CONSUMER,
    .schema = &gw_basicauth_conf_schema,
    .conf_size = sizeof(gw_basicauth_conf),
    .prepare = gw_basicauth_conf_prepare,
};

static const gw_answer no_header = { HTTP_UNAUTHORIZED, GW_NEGOTIATED, "Unauthorized", NULL };
static const gw_answer bad_pair = { HTTP_UNAUTHORIZED, GW_NEGOTIATED, "Invalid authentication credentials", NULL };
static const gw_answer consumer_gone = {
    HTTP_INTERNAL_SERVER_ERROR, GW_NEGOTIATED, "An unexpected error occurred", NULL
};

/* One per child: made in child_init, read by request threads. */
static gw_verified_pairs *pairs;
static gw_hash_crew *crew;
static char decoy[GW_PASSWORD_BYTES];

/* ---- one guess ---- */

/* Lives while its request thread waits for the crew. */
typedef struct login {
    gw_password_guess guess;
    gw_pair_mark mark; /* of a guess at a name that there is */
    gw_password_verdict verdict;
    char hash[GW_PASSWORD_BYTES];
} login;

/* In a thread of the crew. Of many that bring the same good pair at once, the first hashes. */
static void judge_login(void *baton)
{
    login *l = baton;
    apr_time_t now = apr_time_now();

    if (l->guess.kept != NULL && gw_verified_pairs_has(pairs, &l->mark, now)) {
        l->verdict = GW_PASSWORD_GOOD;
        return;
    }
    l->verdict = gw_password_judge(l->hash, &l->guess);
    if (l->verdict == GW_PASSWORD_GOOD)
        gw_verified_pairs_put(pairs, &l->mark, now);
}

/* Never downgraded to the anonymous consumer: whether the password is right is not known. */
static int refuse_for_now(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Retry-After", "1");
    return gw_unavailable(r);
}

static int refuse(request_rec *r, const gw_basicauth_conf *conf, const gw_answer *answer, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4900) "basicauth: not authenticated: %s (route=%s)", why,
                  gw_route_for_log(r));
    gw_explain(r, "%s", why);
    return gw_refuse(r, conf->anonymous, answer, answer == &no_header ? conf->challenge : NULL);
}

/* From what a row held to what it is to hold. */
typedef struct upgrade {
    const char *from, *to;
} upgrade;

static gw_row_fate put_hash(void *baton, json_t *row)
{
    const upgrade *u = baton;
    const char *now = json_string_value(json_object_get(row, "password"));

    /* changed meanwhile, or another login was quicker */
    if (now == NULL || !gw_secure_is_equal(now, strlen(now), u->from, strlen(u->from)))
        return GW_ROW_KEEP;
    json_object_set_new(row, "password", json_string(u->to));
    return GW_ROW_SAVE;
}

/* The login is good whether or not this can be written; the next one tries again. What is only looked up or tried out
 * (subrequests) changes nothing. */
static void keep_hash(request_rec *r, const gw_credential *credential, const login *l)
{
    upgrade u = { l->guess.kept, l->hash };

    if (r->main == NULL
        && gw_row_edit(r, &basicauth_credentials, NULL, credential->id, put_hash, &u) == APR_SUCCESS)
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4904) "basicauth: credential %s: its SHA-1 is replaced by "
                      "yescrypt", credential->id);
}

static int admit(request_rec *r, const gw_credential *credential)
{
    return gw_authenticated(r, credential, credential->key, &consumer_gone);
}

/* `credential` NULL: there is no such name, which costs as much as a wrong password. */
static int judge(request_rec *r, const gw_basicauth_conf *conf, const gw_credential *credential, const char *password)
{
    login l = { .guess = { .password = password, .decoy = decoy } };

    if (credential != NULL) {
        const gw_basicauth_credential *row = credential->conf;

        l.guess.kept = row->password != NULL ? row->password : "";
        l.guess.consumer_id = credential->consumer_id;
        gw_pair_mark_make(&l.mark, pairs, credential->id, credential->version, password);
        if (gw_verified_pairs_has(pairs, &l.mark, apr_time_now()))
            return admit(r, credential);
    }
    if (crew == NULL || gw_hash_crew_do(crew, judge_login, &l) != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4901) "basicauth: not judged: too many passwords wait to "
                      "be hashed (route=%s)", gw_route_for_log(r));
        gw_explain(r, "too many passwords wait to be hashed");
        return refuse_for_now(r);
    }
    switch (l.verdict) {
    case GW_PASSWORD_OUTDATED:
        keep_hash(r, credential, &l);
        return admit(r, credential);
    case GW_PASSWORD_GOOD:
        return admit(r, credential);
    case GW_PASSWORD_UNKNOWN:
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, GWLOGNO(4902) "basicauth: no memory to hash a password with");
        return refuse_for_now(r);
    default:
        return refuse(r, conf, &bad_pair, credential != NULL ? "wrong password" : "no such name");
    }
}

/* ---- the request ---- */

static const char *const header_names[] = { "Proxy-Authorization", "Authorization" };

/* The pair of the first header that has one whose name there is; of the first that has one, if there is none.
 * *credential is NULL when nobody has that name. APR_EAGAIN: the database is away. */
static apr_status_t find_pair(gw_basic_pair *pair, const gw_credential **credential, int *has_header, request_rec *r)
{
    *has_header = 0;
    *credential = NULL;
    *pair = (gw_basic_pair){ NULL, NULL };
    for (size_t i = 0; i < sizeof(header_names) / sizeof(header_names[0]); i++) {
        const char *header = apr_table_get(r->headers_in, header_names[i]);
        const gw_credential *found = NULL;
        gw_basic_pair here;
        apr_status_t rv;

        *has_header |= header != NULL;
        if (header == NULL || !gw_basic_parse(&here, header, r->pool))
            continue;
        rv = gw_credential_find(&found, r, &basicauth_credentials, here.username);
        if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
            return rv;
        if (pair->username == NULL || rv == APR_SUCCESS)
            *pair = here;
        if (rv == APR_SUCCESS) {
            *credential = found;
            break;
        }
    }
    return APR_SUCCESS;
}

/* Nobody asks for a password any more; what comes as one is hidden all the same, and a token is not. */
static void hide_pairs(request_rec *r)
{
    for (size_t i = 0; i < sizeof(header_names) / sizeof(header_names[0]); i++) {
        const char *header = apr_table_get(r->headers_in, header_names[i]);
        gw_basic_pair pair;

        if (header != NULL && gw_basic_parse(&pair, header, r->pool))
            gw_hide_header(r, header_names[i]);
    }
}

/* check_authn; request thread. DECLINED: not configured, already settled, or recorded as who asks. */
static int hook_authenticate(request_rec *r)
{
    const gw_basicauth_conf *conf = gw_plugin_conf(r, &basicauth_plugin);
    const gw_credential *credential;
    gw_basic_pair pair;
    int has_header;

    if (conf == NULL)
        return DECLINED;
    if (gw_is_settled(r, conf->anonymous)) {
        if (conf->hide_credentials)
            hide_pairs(r);
        return DECLINED;
    }
    if (find_pair(&pair, &credential, &has_header, r) != APR_SUCCESS)
        return gw_unavailable(r);
    if (!has_header)
        return refuse(r, conf, &no_header, "no header");
    if (conf->hide_credentials) {
        gw_hide_header(r, header_names[0]);
        gw_hide_header(r, header_names[1]);
    }
    if (pair.username == NULL)
        return refuse(r, conf, &bad_pair, "no name and password in the header");
    return judge(r, conf, credential, pair.password);
}

/* ---- children ---- */

static apr_status_t stop_crew(void *crew_)
{
    gw_hash_crew_stop(crew_, PATIENCE_AT_END);
    return APR_SUCCESS;
}

/* What waits blocks a thread of the server: few of them, but those that nobody else needs. */
static gw_hash_crew *start_crew(server_rec *s, apr_pool_t *pchild)
{
    gw_hash_crew_options options = { .nthreads = gw_hash_threads(s), .patience = PATIENCE,
                                     .has_room = gw_has_spare_threads, .places = gw_hash_places_open(pchild) };
    int nthreads = 0;

    ap_mpm_query(AP_MPMQ_MAX_THREADS, &nthreads);
    options.max_waiting = nthreads / 8 > 4 ? nthreads / 8 : 4;
    options.max_patient = nthreads - nthreads / 4;
    return gw_hash_crew_start(&options);
}

static int hook_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog, (void)ptemp;
    gw_hash_places_register(pconf);
    return OK;
}

static int hook_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog, (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG)
        gw_hash_places_make(gw_hash_threads(s), s, pconf);
    return OK;
}

static void hook_child_init(apr_pool_t *pchild, server_rec *s)
{
    pairs = gw_verified_pairs_make(REMEMBERED_PAIRS, REMEMBERED_FOR, pchild);
    crew = gw_password_decoy_make(decoy) ? start_crew(s, pchild) : NULL;
    if (crew == NULL) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, GWLOGNO(4903) "basicauth: no threads to hash passwords with: "
                     "basic-auth answers 503");
        return;
    }
    apr_pool_pre_cleanup_register(pchild, crew, stop_crew);
}

static void register_hooks(apr_pool_t *p)
{
    gw_entity_register(&basicauth_credentials, p);
    gw_plugin_register(&basicauth_plugin, p);
    ap_hook_pre_config(hook_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(hook_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(hook_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authn(hook_authenticate, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_basicauth_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
