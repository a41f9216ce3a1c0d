/* SPDX-License-Identifier: Apache-2.0 */
/*
 * botdetection_test.c - who is a bot and who is not, what a config makes of it, and when a User-Agent is two.
 */
#include "botdetection_schema.h"
#include "schema_tap.h"

static gw_bot_agents *bots;

static void check_list(void)
{
    static const struct { const char *agent; int is_bot; } rows[] = {
        { "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 1 },
        { "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 1 },
        { "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", 1 },
        { "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)", 1 },
        { "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", 1 },
        { "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", 1 },
        { "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.0; +https://openai.com/gptbot)", 1 },
        { "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", 1 },
        { "Twitterbot/1.0", 1 },
        { "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", 1 },
        { "Wget-like-Spider/1.0 HTTrack 3.0x", 1 },
        { "Apache-HttpClient/4.5.13 (Java/11.0.9)", 1 },
        { "Go-http-client/1.1", 1 },
        { "okhttp/4.9.0", 1 },
        { "axios/0.21.1", 1 },
        { "Python-urllib/3.9", 1 },
        { "python-requests/2.28", 1 },
        { "reqwest/0.11", 1 },
        { "unirest-java/1.3.11", 1 },
        { "unirest-cobol/1.3.11", 0 },
        { "ExampleBot/1.0", 1 },
        { "Mozilla/5.0 (compatible; my-spider-2.0)", 0 },
        { "Mozilla/5.0 (compatible; mySpider-2.0)", 1 },
        { "curl/7.88.1", 0 },
        { "Wget/1.21", 0 },
        { "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", 0 },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", 0 },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1", 0 },
        { "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Cubot 3)", 0 },
        { "My Own App", 0 },
        { "", 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        is_int(gw_bot_agents_has(bots, rows[i].agent, strlen(rows[i].agent)), rows[i].is_bot, rows[i].agent);
}

static void check_repeated(void)
{
    static const struct { const char *agent; int want; } rows[] = {
        { "curl/7.88.1, Mozilla/5.0 (X11)", 1 },
        { "curl/7.88.1,Mozilla/5.0", 1 },
        { "A (b, C/1), D/2", 1 },
        { "Mozilla/5.0 (X11; KHTML, Gecko/1) Chrome/1", 0 },
        { "Mozilla/5.0 (a (b, c/1), d/2) e/3", 0 },
        { "App/1.0, iOS 15", 0 },
        { "a, b", 0 },
        { "App (\\(, x/1) y/2", 0 },
        { "App/1,", 0 },
        { "App/1, /2", 0 },
        { "", 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        is_int(gw_agent_is_repeated(rows[i].agent), rows[i].want, rows[i].agent);
}

static void check_configs(void)
{
    static const struct { const char *config, *agent; int admitted; } rows[] = {
        { "{}", "curl/7", 1 },
        { "{}", "okhttp/4.9.0", 0 },
        { "{\"allow\":[\"^okhttp\"]}", "okhttp/4.9.0", 1 },
        { "{\"allow\":[\"^x\",\"http/4\"]}", "okhttp/4.9.0", 1 },
        { "{\"deny\":[\"curl\"]}", "curl/7", 0 },
        { "{\"deny\":[\"curl\"],\"allow\":[\"/7\"]}", "curl/7", 1 },
        { "{\"whitelist\":[\"okhttp\"]}", "okhttp/4.9.0", 1 },
        { "{\"blacklist\":[\"url\"]}", "curl/7", 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        gw_arena *arena = gw_arena_make(0);
        gw_botdetection_conf conf = { .allowed = NULL };

        ok(gw_schema_process(&gw_botdetection_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW,
                             pool) == NULL, rows[i].config);
        gw_schema_compile(&gw_botdetection_conf_schema, config, &conf, arena);
        gw_botdetection_conf_prepare(&conf, arena, pool);
        is_int(gw_botdetection_admits(&conf, bots, rows[i].agent), rows[i].admitted, rows[i].config);
        gw_botdetection_conf_destroy(&conf);
        json_decref(config);
        gw_arena_destroy(arena);
    }
}

int main(void)
{
    begin();
    bots = gw_bot_agents_make();
    check_list();
    check_repeated();
    check_configs();
    gw_bot_agents_free(bots);
    return end();
}
