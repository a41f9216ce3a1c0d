/* SPDX-License-Identifier: Apache-2.0 */
/* bot_agents.c - the list by kinds, and the comma that tells two headers. */
#include "bot_agents.h"

#include <stdlib.h>
#include <string.h>

#include "pattern.h"

/* Names as their programs write them. */
static const char *const kinds[] = {
    /* crawlers of search engines */
    "AdsBot-Google|APIs-Google|Applebot|[Bb]ai[Dd]u[Ss]pider|[Bb]ingbot|BingPreview|DuckDuckBot|DuckAssistBot|"
    "FeedFetcher-Google|Google-InspectionTool|Google-Read-Aloud|Googlebot|Google.*/\\+/web/snippet|"
    "Mediapartners-Google|MojeekBot|msnbot|PetalBot|Qwantify|SeznamBot|Slurp|Sogou|Teoma|Yandex(?:Bot|Images|Mobile)|"
    "YahooSeeker|Yeti/",
    /* of those who sell what they find */
    "AhrefsBot|BLEXBot|CCBot|DataForSeoBot|DotBot|Exabot|GPTBot|ClaudeBot|Bytespider|Amazonbot|ia_archiver|"
    "archive\\.org_bot|MJ12bot|MegaIndex|PerplexityBot|rogerbot|ScoutJet|SemrushBot|SISTRIX|SMTBot|serpstatbot|"
    "TurnitinBot|ZoominfoBot",
    /* of social networks and messengers */
    "facebookexternalhit/|facebookcatalog|Discordbot|LinkedInBot|Pinterestbot|redditbot|SkypeUriPreview|Slackbot|"
    "TelegramBot|Twitterbot/|WhatsApp/",
    /* monitors, link checkers, copiers, scanners */
    "Pingdom\\.com_bot_version_|UptimeRobot|StatusCake|HttpMonitor|TLSProber|W3C_Validator|LinkChecker|LinkWalker|"
    "HTTrack|WebCopier|WebZIP|WebReaper|Teleport ?Pro|MSIECrawler|Nikto|Nutch|sqlmap|masscan|zgrab|Heritrix",
    /* HTTP libraries */
    "Apache-HttpClient|Apache-HttpAsyncClient|Go-http-client|Google-HTTP-Java-Client|GuzzleHttp|http%20client|JNLP|"
    "Python-urllib|python-requests|python-httpx|aiohttp|aihttp|okhttp|reqwest|scalaj-http|axios|node-fetch|undici|"
    "libwww-perl|lwp-request|Faraday v|WinHTTP|unirest-(?:java|python|ruby|nodejs|php|net)",
    /* and whatever calls itself so: "/name-1.0", "name/1.0" */
    "(?:^|[ /;(])[A-Za-z]+(?:[Bb]ot|[Ss]pider|[Cc]rawler)[/-]v?\\d",
};

#define NKINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

struct gw_bot_agents {
    gw_pattern *patterns[NKINDS];
};

gw_bot_agents *gw_bot_agents_make(void)
{
    gw_bot_agents *agents = malloc(sizeof(*agents));

    if (agents == NULL)
        abort();
    for (int i = 0; i < NKINDS; i++)
        agents->patterns[i] = gw_pattern_compile(kinds[i], 0);
    return agents;
}

void gw_bot_agents_free(gw_bot_agents *agents)
{
    for (int i = 0; agents != NULL && i < NKINDS; i++)
        gw_pattern_free(agents->patterns[i]);
    free(agents);
}

int gw_bot_agents_has(const gw_bot_agents *agents, const char *agent, size_t len)
{
    return gw_pattern_first(agents->patterns, NKINDS, agent, len) >= 0;
}

/* "name/version" up to a blank, a comma or the end. */
static int begins_with_product(const char *s)
{
    size_t name = strcspn(s, " \t,()/");

    return name > 0 && s[name] == '/' && strcspn(s + name + 1, " \t,()/") > 0;
}

int gw_agent_is_repeated(const char *agent)
{
    int depth = 0;

    for (; *agent != '\0'; agent++) {
        if (*agent == '\\' && depth > 0 && agent[1] != '\0')
            agent++;
        else if (*agent == '(')
            depth++;
        else if (*agent == ')' && depth > 0)
            depth--;
        else if (*agent == ',' && depth == 0 && begins_with_product(agent + 1 + strspn(agent + 1, " \t")))
            return 1;
    }
    return 0;
}
