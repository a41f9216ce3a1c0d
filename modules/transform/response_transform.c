/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response_transform.c - response-transformer in httpd's phases: headers when they are complete, JSON bodies in a
 * filter that waits for their end. Answers of ours are changed like an upstream's.
 *
 *   ... -> GW_HEADERS or GW_ERROR [headers] -> GW_TRANSFORM [body, Content-Length] -> HTTP_HEADER -> client
 */
#include "transform_hooks.h"

#include <strings.h>
#include <apr_strings.h>
#include <http_connection.h>
#include <http_log.h>
#include <util_filter.h>

#include "resptransform_schema.h"
#include "transform_edit.h"

#define PRIORITY 800

APLOG_USE_MODULE(gw_transform);

static gw_plugin response_transformer = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "response-transformer",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_RESPONSE,
    .schema = &gw_resptransform_conf_schema,
    .conf_size = sizeof(gw_resptransform_conf),
    .prepare = gw_resptransform_conf_prepare,
};

static ap_filter_rec_t *body_filter;

/* ---- headers ---- */

/* httpd keeps the type beside the table. */
static void transform_headers(request_rec *r, const gw_transform_rules *rules)
{
    static const gw_template_env nothing;
    const char *type;

    if (r->content_type != NULL)
        apr_table_setn(r->headers_out, "Content-Type", r->content_type);
    gw_transform_apply(rules, &gw_header_editor, r->headers_out, &nothing, r->pool);
    type = apr_table_get(r->headers_out, "Content-Type");
    if (type == NULL || r->content_type == NULL || strcmp(type, r->content_type) != 0)
        ap_set_content_type(r, type != NULL ? apr_pstrdup(r->pool, type) : NULL);
}

/* response; request thread. */
static void hook_respond(request_rec *r)
{
    const gw_resptransform_conf *conf = gw_plugin_conf(r, &response_transformer);

    if (conf != NULL && !gw_transform_is_empty(&conf->headers))
        transform_headers(r, &conf->headers);
}

/* ---- bodies ---- */

static int is_json(const char *content_type)
{
    static const char json[] = "application/json";

    return content_type != NULL && strncasecmp(content_type, json, sizeof(json) - 1) == 0
           && (content_type[sizeof(json) - 1] == '\0' || strchr("; \t", content_type[sizeof(json) - 1]) != NULL);
}

static int is_changeable(request_rec *r)
{
    return is_json(r->content_type) && apr_table_get(r->headers_out, "Content-Encoding") == NULL
           && apr_table_get(r->headers_out, "Content-Range") == NULL;
}

/* All of it has come: the brigade as it is, or with another body in place of its own. */
static apr_status_t send_changed(ap_filter_t *f, apr_bucket_brigade *bb, const gw_transform_rules *rules)
{
    static const gw_template_env nothing;
    request_rec *r = f->r;
    const char *out;
    apr_size_t len, out_len;
    char *bytes;
    apr_status_t rv = apr_brigade_pflatten(bb, &bytes, &len, r->pool);

    if (rv != APR_SUCCESS)
        return rv;
    if (len > 0
        && gw_body_transform(&out, &out_len, rules, "application/json", bytes, len, &nothing, r->pool)
               == GW_BODY_CHANGED) {
        apr_brigade_cleanup(bb);
        APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_pool_create(out, out_len, r->pool, r->connection->bucket_alloc));
        APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r->connection->bucket_alloc));
        apr_table_setn(r->headers_out, "Content-Length", apr_psprintf(r->pool, "%" APR_SIZE_T_FMT, out_len));
        apr_table_unset(r->headers_out, "Content-MD5");
        apr_table_unset(r->headers_out, "Digest");
    }
    return ap_pass_brigade(f->next, bb);
}

/* What came so far goes on as it is, and whatever follows. */
static apr_status_t give_up(ap_filter_t *f, apr_bucket_brigade *bb)
{
    apr_bucket_brigade *kept = f->ctx;

    if (kept != NULL) {
        APR_BRIGADE_PREPEND(bb, kept);
        f->ctx = NULL;
    }
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

/* An error in the middle, or the end of the connection: nothing that could be changed. */
static int has_failed(const apr_bucket_brigade *bb)
{
    for (apr_bucket *e = APR_BRIGADE_FIRST(bb); e != APR_BRIGADE_SENTINEL(bb); e = APR_BUCKET_NEXT(e))
        if (AP_BUCKET_IS_ERROR(e) || AP_BUCKET_IS_EOC(e))
            return 1;
    return 0;
}

static apr_status_t filter_body(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const gw_resptransform_conf *conf = gw_plugin_conf(f->r, &response_transformer);
    apr_bucket_brigade *kept;
    apr_off_t len;
    apr_status_t rv;

    if (APR_BRIGADE_EMPTY(bb))
        return APR_SUCCESS;
    if (conf == NULL || has_failed(bb) || (f->ctx == NULL && !is_changeable(f->r)))
        return give_up(f, bb);
    if (f->r->header_only)
        apr_table_unset(f->r->headers_out, "Content-Length"); /* of the body before its change */
    kept = f->ctx;
    if ((rv = ap_save_brigade(f, &kept, &bb, f->r->pool)) != APR_SUCCESS)
        return rv;
    f->ctx = kept;
    if ((rv = apr_brigade_length(kept, 1, &len)) != APR_SUCCESS)
        return rv;
    if (APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(kept))) {
        f->ctx = NULL;
        ap_remove_output_filter(f);
        return len <= GW_TRANSFORM_MAX_BODY ? send_changed(f, kept, &conf->json) : ap_pass_brigade(f->next, kept);
    }
    if (len <= GW_TRANSFORM_MAX_BODY)
        return APR_SUCCESS;
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, f->r, GWLOGNO(5301) "transform: an answer is too long to be changed: "
                  "it goes on as it is (route=%s)", gw_route_for_log(f->r));
    return give_up(f, bb);
}

/* insert_filter, insert_error_filter; request thread. */
static void hook_insert_filter(request_rec *r)
{
    const gw_resptransform_conf *conf = r->main == NULL ? gw_plugin_conf(r, &response_transformer) : NULL;

    if (conf != NULL && !gw_transform_is_empty(&conf->json))
        ap_add_output_filter_handle(body_filter, NULL, r, r->connection);
}

void gw_response_transformer_register(apr_pool_t *p)
{
    gw_plugin_register(&response_transformer, p);
    body_filter = ap_register_output_filter("GW_TRANSFORM", filter_body, NULL, AP_FTYPE_CONTENT_SET + 1);
    ap_hook_insert_filter(hook_insert_filter, NULL, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(hook_insert_filter, NULL, NULL, APR_HOOK_LAST);
    gw_hook_response(hook_respond, NULL, NULL, GW_ORDER(PRIORITY));
}
