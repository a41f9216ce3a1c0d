/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_bot_agents.c - any bytes as a User-Agent: what is a bot alone is one with a comment behind it, and two that
 * httpd has joined are seen as two wherever the first one's comments are closed.
 */
#include "bot_agents.h"
#include "fuzz.h"

#include <string.h>
#include <apr_strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static apr_pool_t *parent;
    static gw_bot_agents *bots;
    const char *agent, *longer;
    apr_pool_t *p;

    if (parent == NULL) {
        apr_initialize();
        apr_pool_create(&parent, NULL);
        bots = gw_bot_agents_make();
    }
    apr_pool_create(&p, parent);
    agent = apr_pstrmemdup(p, (const char *)bytes, len);
    longer = apr_pstrcat(p, agent, " (x)", NULL);
    if (gw_bot_agents_has(bots, agent, strlen(agent)) && !gw_bot_agents_has(bots, longer, strlen(longer)))
        abort();
    if (strpbrk(agent, "()") == NULL && !gw_agent_is_repeated(apr_pstrcat(p, agent, ", curl/7", NULL)))
        abort();
    apr_pool_destroy(p);
    return 0;
}
