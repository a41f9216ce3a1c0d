/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_transform.c - request-transformer in httpd's phases: uri, method, headers, body, query, in this order, in
 * fixups. Values are filled from the request as it was before.
 */
#include "transform_hooks.h"

#include <strings.h>
#include <apr_strings.h>
#include <http_log.h>

#include "json_pool.h"
#include "reqtransform_schema.h"
#include "text.h"
#include "transform_edit.h"

#define PRIORITY 801

extern module gw_transform_module;
APLOG_USE_MODULE(gw_transform);

static gw_plugin request_transformer = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "request-transformer",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_FIXUPS | GW_PHASE_RESPONSE,
    .schema = &gw_reqtransform_conf_schema,
    .conf_size = sizeof(gw_reqtransform_conf),
    .prepare = gw_reqtransform_conf_prepare,
};

/* Of a request whose method was changed; in r->request_config. */
typedef struct method_change {
    int header_only; /* the client expects no body */
    int is_head;     /* the upstream sends none */
} method_change;

/* ---- uri, method ---- */

static int refuse(request_rec *r, const char *what, int status, const char *text)
{
    const gw_answer answer = { status, GW_NEGOTIATED, text, NULL };

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(5300) "transform: refused: %s (route=%s)", what,
                  gw_route_for_log(r));
    return gw_reply(r, &answer);
}

static int transform_uri(request_rec *r, const gw_reqtransform_conf *conf, const gw_template_env *env)
{
    const char *path = conf->uri != NULL ? gw_template_render(conf->uri, env, r->pool) : NULL;

    if (path == NULL || gw_upstream_uri(r, path))
        return DECLINED;
    return refuse(r, "what the client says makes no path", HTTP_BAD_REQUEST, "Bad request");
}

/* A form that is asked for by GET stands in the query. */
static void move_form_to_query(request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type"), *bytes;
    static const char form[] = "application/x-www-form-urlencoded";
    apr_array_header_t *fields;
    gw_pairs_doc *query;
    apr_size_t len;
    int is_whole;

    if (type == NULL || strncasecmp(type, form, sizeof(form) - 1) != 0
        || gw_body_peek(r, GW_TRANSFORM_MAX_BODY, &bytes, &len, &is_whole) != APR_SUCCESS || !is_whole || len == 0)
        return;
    query = gw_pairs_parse(r->args ? r->args : "", r->args ? strlen(r->args) : 0, r->pool);
    fields = gw_query_parse(apr_pstrmemdup(r->pool, bytes, len), 10000, r->pool);
    for (int i = 0; fields != NULL && i < fields->nelts; i++) {
        const gw_pair *field = &APR_ARRAY_IDX(fields, i, gw_pair);

        gw_pairs_editor.append(query, field->name, field->value, GW_VALUE_STRING);
    }
    gw_upstream_query(r, gw_pairs_format(query, r->pool));
}

/* Whether a body comes back depends on what the upstream was asked, whether it goes on on what the client asked. */
static void transform_method(request_rec *r, const char *method)
{
    method_change *change;

    if (method == NULL || strcmp(method, r->method) == 0)
        return;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        move_form_to_query(r);
    change = apr_palloc(r->pool, sizeof(*change));
    change->header_only = r->header_only;
    change->is_head = strcmp(method, "HEAD") == 0;
    ap_set_module_config(r->request_config, &gw_transform_module, change);
    r->method = method;
    r->method_number = ap_method_number_of(method);
    r->header_only = change->is_head;
}

/* ---- headers ---- */

static int is_host(const char *name)
{
    return strcasecmp(name, "Host") == 0;
}

/* What became of a header that a rule names. Host is only replaced. */
static void settle_header(request_rec *r, const apr_table_t *before, const apr_table_t *after, const char *name)
{
    const char *value = apr_table_getm(r->pool, after, name);

    if (!is_host(name) && (value != NULL || apr_table_get(before, name) != NULL))
        gw_upstream_header(r, apr_pstrdup(r->pool, name), value);
}

static void replace_host(request_rec *r, const gw_transform_entries *replace, const gw_template_env *env)
{
    for (int i = 0; i < replace->n; i++) {
        const gw_transform_entry *e = &replace->v[i];
        const char *value = is_host(e->name) && e->value ? gw_template_render(e->value, env, r->pool) : NULL;

        if (value != NULL)
            gw_upstream_header(r, "Host", value + strspn(value, " \t"));
    }
}

static void transform_headers(request_rec *r, const gw_transform_rules *rules, const gw_template_env *env)
{
    const gw_transform_entries *const all[] = { &rules->remove, &rules->rename, &rules->replace, &rules->add,
                                                &rules->append };
    apr_table_t *after;

    if (gw_transform_is_empty(rules))
        return;
    after = apr_table_copy(r->pool, env->headers);
    apr_table_unset(after, "Host");
    gw_transform_apply(rules, &gw_header_editor, after, env, r->pool);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        for (int k = 0; k < all[i]->n; k++)
            settle_header(r, env->headers, after, all[i]->v[k].name);
    for (int k = 0; k < rules->rename.n; k++)
        if (rules->rename.v[k].value != NULL)
            settle_header(r, env->headers, after, gw_template_render(rules->rename.v[k].value, env, r->pool));
    replace_host(r, &rules->replace, env);
}

/* ---- body, query ---- */

static int transform_body(request_rec *r, const gw_transform_rules *rules, const gw_template_env *env)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type"), *bytes, *out;
    apr_size_t len, out_len;
    int is_whole;
    apr_status_t rv;

    if (gw_transform_is_empty(rules) || !gw_body_is_editable(type) || !gw_has_body(r))
        return DECLINED;
    if (apr_table_get(r->headers_in, "Content-Encoding") != NULL)
        return refuse(r, "an encoded body cannot be changed", HTTP_UNSUPPORTED_MEDIA_TYPE, NULL);
    if ((rv = gw_body_peek(r, GW_TRANSFORM_MAX_BODY, &bytes, &len, &is_whole)) != APR_SUCCESS)
        return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    if (!is_whole)
        return refuse(r, "the body is too long to be changed", HTTP_REQUEST_ENTITY_TOO_LARGE, NULL);
    switch (gw_body_transform(&out, &out_len, rules, type, bytes, len, env, r->pool)) {
    case GW_BODY_CHANGED:
        gw_body_replace(r, out, out_len);
        return DECLINED;
    case GW_BODY_TOO_MUCH:
        return refuse(r, "the body has too many values to be changed", HTTP_REQUEST_ENTITY_TOO_LARGE, NULL);
    case GW_BODY_IMPOSSIBLE:
        return refuse(r, "a value cannot stand in this body", HTTP_BAD_REQUEST, "Bad request");
    case GW_BODY_AS_IT_IS:
        break;
    }
    return DECLINED;
}

static void transform_query(request_rec *r, const gw_transform_rules *rules, const gw_template_env *env)
{
    gw_pairs_doc *query;

    if (gw_transform_is_empty(rules))
        return;
    query = gw_pairs_parse(r->args ? r->args : "", r->args ? strlen(r->args) : 0, r->pool);
    gw_transform_apply(rules, &gw_pairs_editor, query, env, r->pool);
    gw_upstream_query(r, gw_pairs_format(query, r->pool));
}

/* ---- hooks ---- */

static gw_template_env make_env(request_rec *r, const gw_reqtransform_conf *conf)
{
    gw_template_env env = { .headers = gw_request_headers(r), .query = r->args };

    if (conf->is_variable)
        env.captures = gw_json_keep(gw_captures_describe(r), r->pool);
    return env;
}

/* fixups; request thread. DECLINED: not configured here, or done. */
static int hook_transform(request_rec *r)
{
    const gw_reqtransform_conf *conf = gw_plugin_conf(r, &request_transformer);
    gw_template_env env;
    int rc;

    if (conf == NULL || (r->main != NULL && !gw_is_tried_out(r, NULL)))
        return DECLINED;
    gw_explain(r, "its changes are made to what goes upstream");
    env = make_env(r, conf);
    if ((rc = transform_uri(r, conf, &env)) != DECLINED)
        return rc;
    transform_method(r, conf->http_method);
    transform_headers(r, &conf->headers, &env);
    if ((rc = transform_body(r, &conf->body, &env)) != DECLINED)
        return rc;
    transform_query(r, &conf->querystring, &env);
    return DECLINED;
}

/* response; request thread. */
static void hook_respond(request_rec *r)
{
    const method_change *change = ap_get_module_config(r->request_config, &gw_transform_module);

    if (change == NULL || gw_plugin_conf(r, &request_transformer) == NULL)
        return;
    r->header_only = change->header_only;
    if (change->is_head && !change->header_only && !ap_is_HTTP_ERROR(r->status))
        apr_table_setn(r->headers_out, "Content-Length", "0"); /* it speaks of a body that does not come */
}

void gw_request_transformer_register(apr_pool_t *p)
{
    gw_plugin_register(&request_transformer, p);
    ap_hook_fixups(hook_transform, NULL, NULL, GW_ORDER(PRIORITY));
    gw_hook_response(hook_respond, NULL, NULL, GW_ORDER(PRIORITY));
}
