/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_ttl.c - reads, checks and hands on seconds to live; 0 means for ever.
 */
#include "crud_ttl.h"

#include <apr_strings.h>
#include <errno.h>
#include <stdlib.h>

#include "error_render.h"
#include "json_pool.h"

#define MAX_TTL_S 100000000
#define MSG_RANGE "must be an integer between 0 and 100000000"

/* A form's digits as a number; anything else as it is. New reference. */
static json_t *coerce(const admin_call *call, json_t *value)
{
    const char *text = call->is_form ? json_string_value(value) : NULL;
    char *end;
    long long number;

    if (text == NULL)
        return json_incref(value);
    errno = 0;
    number = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 ? json_integer(number) : json_incref(value);
}

int gw_ttl_take(admin_call *call, json_t **ttl, const gw_entity *entity, json_t *body)
{
    json_t *given = entity->has_ttl ? json_object_get(body, "ttl") : NULL;
    json_int_t seconds;

    *ttl = NULL;
    if (given == NULL)
        return 0;
    given = gw_json_keep(coerce(call, given), call->p);
    json_object_del(body, "ttl");
    seconds = json_integer_value(given);
    if (!json_is_null(given) && (!json_is_integer(given) || seconds < 0 || seconds > MAX_TTL_S))
        return gw_call_refuse(call, gw_error_make(GW_E_OPTIONS, "invalid option (ttl: " MSG_RANGE ")",
                                                  json_pack("{s:s}", "ttl", MSG_RANGE), call->p));
    *ttl = seconds > 0 ? given : json_null();
    return 0;
}

void gw_ttl_put(const gw_entity *entity, json_t *row, json_t *ttl, const json_t *old)
{
    if (!entity->has_ttl)
        return;
    if (ttl == NULL)
        ttl = json_object_get(old, "ttl");
    json_object_set(row, "ttl", ttl != NULL ? ttl : json_null());
}
