/* SPDX-License-Identifier: Apache-2.0 */
/* sizelimit_test.c - units, bounds and defaults of request-size-limiting. */
#include "schema_tap.h"
#include "sizelimit_schema.h"

int main(void)
{
    static const struct { const char *config, *tree; long long bytes; } rows[] = {
        { "{}", NULL, 128LL << 20 },
        { "{\"allowed_payload_size\":2,\"size_unit\":\"kilobytes\"}", NULL, 2048 },
        { "{\"allowed_payload_size\":2,\"size_unit\":\"bytes\"}", NULL, 2 },
        { "{\"allowed_payload_size\":0,\"size_unit\":\"megabytes\"}", NULL, 0 },
        { "{\"allowed_payload_size\":8796093022207}", NULL, 8796093022207LL << 20 },
        { "{\"allowed_payload_size\":-1}",
          "{\"allowed_payload_size\":\"value should be between 0 and 8796093022207\"}", 0 },
        { "{\"size_unit\":\"furlongs\"}", "{\"size_unit\":\"expected one of: megabytes, kilobytes, bytes\"}", 0 },
        { "{\"allowed_payload_size\":\"1\"}", "{\"allowed_payload_size\":\"expected an integer\"}", 0 },
    };

    begin();
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        gw_arena *arena = gw_arena_make(0);
        gw_sizelimit_conf conf = { 0 };
        const gw_error *err = gw_schema_process(&gw_sizelimit_conf_schema, config, NULL, GW_WRITE_INSERT,
                                                GW_UNKNOWN_REFUSE, NOW, pool);

        if (rows[i].tree != NULL) {
            is_json(err ? err->fields : NULL, rows[i].tree, rows[i].config);
        } else if (ok(err == NULL, rows[i].config)) {
            gw_schema_compile(&gw_sizelimit_conf_schema, config, &conf, arena);
            gw_sizelimit_conf_prepare(&conf, arena, pool);
            is_int(conf.max_bytes, rows[i].bytes, rows[i].config);
        }
        json_decref(config);
        gw_arena_destroy(arena);
    }
    return end();
}
