/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_keyauth.c - the key-auth plugin: who asks is proved by a key that only they know.
 *
 * Wiring only. Where keys are found: keyauth_find.c, in bodies: keyauth_body.c; what may be configured and stored:
 * keyauth_schema.c; how keys are stored: keyauth_rest.c.
 */
#include "mod_gw.h"

#include <http_log.h>

#include "keyauth_body.h"
#include "keyauth_find.h"
#include "keyauth_rest.h"
#include "keyauth_schema.h"

#define PRIORITY 1250
#define MAX_BODY (1024 * 1024) /* bytes of a body that are looked at; in longer ones there is no key */

extern GW_MODULE gw_keyauth_module;
APLOG_USE_MODULE(gw_keyauth);

/* GwKeyAtRest; set when the server starts, read-only afterwards. */
static int keys_are_hashed;

/* Where the secret is not known (yet), the key stays and is hashed by what follows from kept_prefix. */
static const gw_error *settle_key(json_t *row, const json_t *old, apr_pool_t *p)
{
    const unsigned char *secret = keys_are_hashed ? gw_shared_secret() : NULL;

    (void)old;
    if (secret != NULL && row != NULL)
        gw_key_hide(row, secret, p);
    return NULL;
}

static const char *kept_prefix(void)
{
    return keys_are_hashed && gw_shared_secret() != NULL ? GW_KEY_DIGEST_PREFIX : NULL;
}

static const gw_entity keyauth_credentials = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "keyauth_credentials",
    .path = "/key-auths",
    .nested = "key-auth",
    .endpoint_key = "key",
    .owner = "keyauth",
    .schema = &gw_keyauth_credential_schema,
    .placement = GW_CACHED,
    .lookup = "key",
    .has_ttl = 1,
    .conf_size = sizeof(gw_keyauth_credential),
    .on_write = settle_key,
    .on_read = gw_key_show_once,
    .kept_field = "key",
    .kept_prefix = kept_prefix,
};

/* Wherever keys are looked for: who sends one to the wrong place has told it all the same. */
static const gw_strings *secret_query(const void *conf)
{
    return &((const gw_keyauth_conf *)conf)->key_names;
}

static gw_plugin keyauth_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "key-auth",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHN,
    .flags = GW_PLUGIN_NO_CONSUMER,
    .schema = &gw_keyauth_conf_schema,
    .conf_size = sizeof(gw_keyauth_conf),
    .prepare = gw_keyauth_conf_prepare,
    .secret_query = secret_query,
};

static const gw_answer no_key = { HTTP_UNAUTHORIZED, GW_NEGOTIATED, "No API key found in request", NULL };
static const gw_answer duplicate_key = { HTTP_UNAUTHORIZED, GW_NEGOTIATED, "Duplicate API key found", NULL };
static const gw_answer bad_key = { HTTP_UNAUTHORIZED, GW_NEGOTIATED, "Invalid authentication credentials", NULL };
static const gw_answer consumer_gone = {
    HTTP_INTERNAL_SERVER_ERROR, GW_NEGOTIATED, "An unexpected error occurred", NULL
};

/* One request's search for its key. */
typedef struct search {
    request_rec *r;
    const gw_keyauth_conf *conf;
    gw_key_body *body; /* NULL: none, or not read yet */
    int has_read;
    apr_status_t rv;   /* of reading the body */
} search;

/* The body, read when it is first asked for. */
static gw_key_body *body_of(search *s)
{
    request_rec *r = s->r;
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    const char *told = apr_table_get(r->headers_in, "Content-Length"), *bytes;
    apr_off_t length;
    apr_size_t len;
    int is_whole;

    if (s->has_read)
        return s->body;
    s->has_read = 1;
    if (type == NULL || !gw_key_body_is_readable(type))
        return NULL;
    if (told != NULL && ap_parse_strict_length(&length, told) && length > MAX_BODY)
        return NULL;
    s->rv = gw_body_peek(r, MAX_BODY, &bytes, &len, &is_whole);
    if (s->rv == APR_SUCCESS && is_whole && len > 0)
        s->body = gw_key_body_parse(type, bytes, len, r->pool);
    return s->body;
}

static const char *header_value(void *baton, const char *name)
{
    return apr_table_get(((search *)baton)->r->headers_in, name);
}

static const char *field_value(void *baton, const char *name, int *count)
{
    search *s = baton;
    gw_key_body *body = body_of(s);

    return body != NULL ? gw_key_body_get(count, body, name, s->r->pool) : NULL;
}

static int find_key(gw_key_found *found, search *s)
{
    const gw_keyauth_conf *conf = s->conf;
    gw_key_places places = { .baton = s };

    if (conf->key_in_header)
        places.header = header_value;
    if (conf->key_in_query)
        places.query = s->r->args;
    if (conf->key_in_body)
        places.field = field_value;
    if (conf->key_in_authorization)
        places.authorization = apr_table_get(s->r->headers_in, "Authorization");
    return gw_key_find(found, &places, &conf->key_names, s->r->pool);
}

/* The name that won is taken out of every place where a key might stand. */
static void hide_key(search *s, const char *name)
{
    gw_key_body *body = s->conf->key_in_body ? body_of(s) : NULL;
    const char *rest;
    apr_size_t left;
    int count;

    gw_hide_header(s->r, name);
    gw_hide_query(s->r, name);
    if (body == NULL || gw_key_body_get(&count, body, name, s->r->pool) == NULL)
        return;
    rest = gw_key_body_remove(&left, body, name, s->r->pool);
    gw_body_replace(s->r, rest, left);
}

static int refuse(request_rec *r, const gw_keyauth_conf *conf, const gw_answer *answer)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4100) "keyauth: not authenticated: %s (route=%s)", answer->text,
                  gw_route_for_log(r));
    return gw_refuse(r, conf->anonymous, answer, answer == &no_key ? conf->challenge : NULL);
}

static apr_status_t find_credential(const gw_credential **credential, request_rec *r, const char *key)
{
    const unsigned char *secret = keys_are_hashed ? gw_shared_secret() : NULL;
    apr_status_t rv = APR_NOTFOUND;

    if (gw_key_is_digest(key))
        return APR_NOTFOUND;
    if (keys_are_hashed && secret == NULL)
        return APR_EAGAIN;
    if (secret != NULL)
        rv = gw_credential_find(credential, r, &keyauth_credentials, gw_key_digest(key, secret, r->pool));
    /* Rows from before keys were hashed are good until their turn comes. */
    return rv == APR_NOTFOUND ? gw_credential_find(credential, r, &keyauth_credentials, key) : rv;
}

static int judge(request_rec *r, const gw_keyauth_conf *conf, const gw_key_found *found)
{
    const gw_credential *credential;
    apr_status_t rv = find_credential(&credential, r, found->key);

    if (rv == APR_NOTFOUND)
        return refuse(r, conf, found->may_be_repeated ? &duplicate_key : &bad_key);
    if (rv != APR_SUCCESS)
        return gw_unavailable(r);
    return gw_authenticated(r, credential, credential->id, &consumer_gone);
}

/* check_authn; request thread. DECLINED: not configured, already settled, or recorded as who asks. */
static int hook_authenticate(request_rec *r)
{
    const gw_keyauth_conf *conf = gw_plugin_conf(r, &keyauth_plugin);
    search s = { .r = r, .conf = conf };
    gw_key_found found;
    int is_settled;

    if (conf == NULL)
        return DECLINED;
    if (r->method_number == M_OPTIONS && !conf->run_on_preflight) {
        gw_explain(r, "run_on_preflight is off, and the method is OPTIONS");
        return DECLINED;
    }
    is_settled = gw_is_settled(r, conf->anonymous);
    if (is_settled && !conf->hide_credentials)
        return DECLINED;
    if (find_key(&found, &s) && conf->hide_credentials)
        hide_key(&s, found.name);
    if (s.rv != APR_SUCCESS)
        return ap_map_http_request_error(s.rv, HTTP_BAD_REQUEST);
    if (is_settled) /* nobody asked for the key; hidden it is all the same */
        return DECLINED;
    if (found.name == NULL)
        return refuse(r, conf, &no_key);
    return found.is_repeated ? refuse(r, conf, &duplicate_key) : judge(r, conf, &found);
}

static int hook_read_settings(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    keys_are_hashed = gw_keys_are_hashed(s);
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    gw_entity_register(&keyauth_credentials, p);
    gw_plugin_register(&keyauth_plugin, p);
    ap_hook_post_config(hook_read_settings, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authn(hook_authenticate, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_keyauth_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
