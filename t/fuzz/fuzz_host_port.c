/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_host_port.c - any bytes as a target, and as the beginning of a probe's answer: what is a target is written so
 * that it is read again as the same one, and more bytes never turn one verdict about an answer into another.
 */
#include "fuzz.h"
#include "host_port.h"
#include "probe_text.h"

#include <string.h>
#include <apr_strings.h>

static void check_target(const char *text, apr_pool_t *p)
{
    gw_host_port parsed = gw_host_port_parse(text, p), again;

    if (parsed.kind == GW_HOST_INVALID || parsed.port < 0)
        return;
    if (strpbrk(parsed.host, "/?# \r\n\"@") != NULL)
        abort();
    again = gw_host_port_parse(gw_host_port_format(&parsed, p), p);
    if (again.kind != parsed.kind || again.port != parsed.port || strcmp(again.host, parsed.host) != 0)
        abort();
}

static void check_answer(const char *bytes, size_t len)
{
    int verdict = GW_PROBE_MORE, next;
    size_t n;

    for (n = 0; n <= len && n < 64; n++) {
        next = gw_probe_parse_status(bytes, n);
        if (verdict != GW_PROBE_MORE && next != verdict)
            abort();
        if (next != GW_PROBE_MORE && next != GW_PROBE_GARBAGE && (next < 100 || next > 999))
            abort();
        verdict = next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p;

    p = make_input_pool();
    check_target(apr_pstrmemdup(p, (const char *)bytes, len), p);
    check_answer((const char *)bytes, len);
    apr_pool_destroy(p);
    return 0;
}
