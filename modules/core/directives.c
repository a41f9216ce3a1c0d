/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directives.c - the table of directives, and how each word of the configuration is taken in.
 * conf/gw.conf describes the same ones for people; t/guard/directives compares the two.
 */
#include <httpd.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>

#include "arena.h"
#include "conf.h"
#include "registry.h"
#include "schema.h"
#include "settings.h"
#include "conf_tree.h"
#include "static_plugin.h"

extern module AP_MODULE_DECLARE_DATA gw_module;

static gw_server_conf *server_conf(cmd_parms *cmd)
{
    return ap_get_module_config(cmd->server->module_config, &gw_module);
}

/* ---- values of the server ---- */

static const char *set_value(cmd_parms *cmd, void *unused, const char *word)
{
    const gw_setting *setting = cmd->info;
    apr_int64_t value;
    const char *err = gw_setting_parse(&value, setting, word, cmd->pool);

    (void)unused;
    if (err == NULL)
        gw_setting_put(server_conf(cmd), setting, value);
    return err;
}

static const char *set_migrate(cmd_parms *cmd, void *unused, const char *word, const char *dir)
{
    gw_server_conf *conf = server_conf(cmd);

    if (dir && (conf->sql_dir = ap_server_root_relative(cmd->pool, dir)) == NULL)
        return apr_pstrcat(cmd->pool, "GwMigrate: not a path: ", dir, NULL);
    return set_value(cmd, unused, word);
}

/* cmd->info: where the path goes in gw_server_conf. */
static const char *set_path(cmd_parms *cmd, void *unused, const char *path)
{
    gw_server_conf *conf = server_conf(cmd);
    const char *absolute = ap_server_root_relative(cmd->pool, path);

    (void)unused;
    if (*path == '\0' || absolute == NULL)
        return apr_psprintf(cmd->pool, "%s: not a path: \"%s\"", cmd->cmd->name, path);
    if ((size_t)cmd->info == offsetof(gw_server_conf, declarative_file) && strcasecmp(path, "none") == 0)
        absolute = "";
    if ((size_t)cmd->info == offsetof(gw_server_conf, admin_ui) && strcasecmp(path, "off") == 0)
        absolute = "";
    memcpy((char *)conf + (size_t)cmd->info, &absolute, sizeof(absolute));
    return NULL;
}

/* A file that can be read now: what is found missing at the first token is found too late. */
static const char *set_file(cmd_parms *cmd, void *unused, const char *path)
{
    const char *err = set_path(cmd, unused, path), *absolute = ap_server_root_relative(cmd->pool, path);
    apr_file_t *file;
    apr_status_t rv;

    if (err != NULL)
        return err;
    if ((rv = apr_file_open(&file, absolute, APR_FOPEN_READ, 0, cmd->temp_pool)) != APR_SUCCESS)
        return apr_psprintf(cmd->pool, "%s: %s cannot be read: %pm", cmd->cmd->name, absolute, &rv);
    apr_file_close(file);
    return NULL;
}

static const char *set_api_version(cmd_parms *cmd, void *unused, const char *version)
{
    const char *c;
    int dots = 0;

    (void)unused;
    for (c = version; apr_isdigit(*c) || *c == '.'; c++)
        dots += *c == '.';
    if (*c || dots < 1 || dots > 3 || *version == '.' || c[-1] == '.')
        return apr_psprintf(cmd->pool, "GwApiVersion takes a version such as 3.4.1, not \"%s\"", version);
    server_conf(cmd)->api_version = version;
    return NULL;
}

/* ---- lists of the server; each line of a server adds to its list ---- */

static const char *add_trusted_proxy(cmd_parms *cmd, void *unused, const char *word)
{
    gw_server_conf *conf = server_conf(cmd);
    char *address = apr_pstrdup(cmd->pool, word), *slash = strchr(address, '/');
    apr_ipsubnet_t *subnet;

    (void)unused;
    if (slash)
        *slash++ = '\0';
    if (apr_ipsubnet_create(&subnet, address, slash, cmd->pool) != APR_SUCCESS)
        return apr_psprintf(cmd->pool, "GwTrustedProxies takes addresses and networks such as 10.0.0.0/8 or fd00::/8, "
                            "not \"%s\"", word);
    if (conf->trusted_proxies == NULL)
        conf->trusted_proxies = apr_array_make(cmd->pool, 4, sizeof(apr_ipsubnet_t *));
    APR_ARRAY_PUSH(conf->trusted_proxies, apr_ipsubnet_t *) = subnet;
    return NULL;
}

static const struct {
    const char *name;
    unsigned bits;
} header_names[] = {
    { "off", 0 },
    { "server_tokens", GW_HEADER_SERVER | GW_HEADER_VIA },
    { "latency_tokens", GW_HEADER_PROXY_LATENCY | GW_HEADER_UPSTREAM_LATENCY | GW_HEADER_RESPONSE_LATENCY |
                        GW_HEADER_ADMIN_LATENCY },
    { "Server", GW_HEADER_SERVER },
    { "Via", GW_HEADER_VIA },
    { "X-Kong-Proxy-Latency", GW_HEADER_PROXY_LATENCY },
    { "X-Kong-Upstream-Latency", GW_HEADER_UPSTREAM_LATENCY },
    { "X-Kong-Response-Latency", GW_HEADER_RESPONSE_LATENCY },
    { "X-Kong-Admin-Latency", GW_HEADER_ADMIN_LATENCY },
    { "X-Kong-Upstream-Status", GW_HEADER_UPSTREAM_STATUS },
    { "X-Kong-Request-Id", GW_HEADER_REQUEST_ID },
};

static const char *add_header(cmd_parms *cmd, void *unused, const char *word)
{
    gw_server_conf *conf = server_conf(cmd);
    const char *all = "";
    size_t i;

    (void)unused;
    for (i = 0; i < sizeof(header_names) / sizeof(header_names[0]); i++) {
        if (strcasecmp(word, header_names[i].name) == 0) {
            if (conf->headers_given && (conf->headers == 0 || header_names[i].bits == 0))
                return "GwHeaders off stands alone: it means that none of the headers is sent";
            conf->headers |= header_names[i].bits;
            conf->headers_given = 1;
            return NULL;
        }
        all = apr_pstrcat(cmd->pool, all, i ? ", " : "", header_names[i].name, NULL);
    }
    return apr_psprintf(cmd->pool, "GwHeaders takes %s; not \"%s\"", all, word);
}

static const char *add_admin_host(cmd_parms *cmd, void *unused, const char *host)
{
    gw_server_conf *conf = server_conf(cmd);

    (void)unused;
    if (*host == '\0' || strpbrk(host, "/@: ") != NULL)
        return apr_psprintf(cmd->pool, "GwAdminHost takes host names without scheme, port or path, not \"%s\"", host);
    if (conf->admin_hosts == NULL)
        conf->admin_hosts = apr_array_make(cmd->pool, 4, sizeof(const char *));
    APR_ARRAY_PUSH(conf->admin_hosts, const char *) = host;
    return NULL;
}

static const char *add_admin_origin(cmd_parms *cmd, void *unused, const char *origin)
{
    gw_server_conf *conf = server_conf(cmd);
    const char *host = strstr(origin, "://");

    (void)unused;
    if (host == NULL || host == origin || host[3] == '\0' || strchr(host + 3, '/') != NULL)
        return apr_psprintf(cmd->pool, "GwAdminOrigin takes origins such as https://ops.example.com (scheme, host and "
                            "port, no path), not \"%s\"", origin);
    if (conf->admin_origins == NULL)
        conf->admin_origins = apr_array_make(cmd->pool, 4, sizeof(const char *));
    APR_ARRAY_PUSH(conf->admin_origins, const char *) = origin;
    return NULL;
}

/* ---- <Location> ---- */

static const char *set_service(cmd_parms *cmd, void *dir, const char *name)
{
    gw_dir_conf *conf = dir;
    const char *err = ap_check_cmd_context(cmd, NOT_IN_DIRECTORY | NOT_IN_FILES | NOT_IN_HTACCESS | NOT_IN_LIMIT |
                                                    NOT_IN_PROXY);

    if (err)
        return err;
    if (cmd->path == NULL)
        return "GwService belongs into a <Location>: it names the service whose plugins apply there";
    conf->service = name;
    return NULL;
}

typedef struct compiled {
    const gw_plugin *plugin;
    void *conf;
    gw_arena *arena;
} compiled;

static apr_status_t free_compiled(void *data)
{
    compiled *c = data;

    if (c->plugin->destroy)
        c->plugin->destroy(c->conf);
    gw_arena_destroy(c->arena);
    return APR_SUCCESS;
}

/* As the Admin API would show it, less its secrets. */
static const char *show_config(const gw_plugin *plugin, const json_t *config, apr_pool_t *p)
{
    json_t *masked = gw_schema_mask(plugin->schema, config);
    char *text = json_dumps(masked, JSON_COMPACT);
    const char *shown = text != NULL ? apr_pstrdup(p, text) : "{}";

    free(text);
    json_decref(masked);
    return shown;
}

/* NULL (`added` has conf and shown then), or what is wrong with the words. */
static const char *compile_plugin(gw_static_plugin *added, const gw_plugin *plugin, const char *const *words,
                                  int nwords, apr_pool_t *p, apr_pool_t *ptemp)
{
    json_t *config;
    compiled *c;
    const char *err = gw_static_plugin_parse(&config, plugin->schema, words, nwords, ptemp);

    if (err)
        return apr_pstrdup(p, err);
    c = apr_palloc(p, sizeof(*c));
    c->plugin = plugin;
    c->arena = gw_arena_make(0);
    c->conf = gw_arena_calloc(c->arena, plugin->conf_size ? plugin->conf_size : 1);
    gw_schema_compile(plugin->schema, config, c->conf, c->arena);
    added->shown = show_config(plugin, config, p);
    json_decref(config);
    if (plugin->prepare && (err = plugin->prepare(c->conf, c->arena, ptemp)) != NULL) {
        err = apr_pstrdup(p, err);
        gw_arena_destroy(c->arena);
        return err;
    }
    apr_pool_cleanup_register(p, c, free_compiled, apr_pool_cleanup_null);
    added->conf = c->conf;
    return NULL;
}

static int is_given(const char *name, const char *const *words, int nwords)
{
    apr_size_t len = strlen(name);
    int i;

    for (i = 0; i < nwords; i++) {
        const char *word = strncmp(words[i], "config.", 7) == 0 ? words[i] + 7 : words[i];

        if (strncmp(word, name, len) == 0 && word[len] == '=')
            return 1;
    }
    return 0;
}

/* The field of a secret that had to be made; NULL: none. */
static const char *find_made_secret(const gw_plugin *plugin, const char *const *words, int nwords)
{
    const gw_field *field;

    for (field = plugin->schema->fields; field->name != NULL; field++)
        if ((field->flags & GW_AUTO) && (field->flags & GW_SECRET) && !is_given(field->name, words, nwords))
            return field->name;
    return NULL;
}

static const char *loaded_plugins(apr_pool_t *p)
{
    const apr_array_header_t *all = gw_plugins_by_priority();
    const char *names = "";
    int i;

    for (i = 0; i < all->nelts; i++)
        names = apr_pstrcat(p, names, i ? ", " : "", APR_ARRAY_IDX(all, i, const gw_plugin *)->name, NULL);
    return *names ? names : "none";
}

/* For the warnings: the section has its first plugin. */
static void note_place(cmd_parms *cmd, const gw_dir_conf *dir, const char *name)
{
    gw_server_conf *conf = server_conf(cmd);
    gw_static_place *place;

    if (conf->places == NULL)
        conf->places = apr_array_make(cmd->pool, 4, sizeof(gw_static_place));
    place = apr_array_push(conf->places);
    place->dir = dir;
    place->name = name;
    place->is_guarded = gw_conf_tree_has(cmd->directive->parent, "Require", "all granted");
}

static const char *add_plugin(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    gw_dir_conf *conf = dir;
    const gw_plugin *plugin;
    gw_static_plugin added = { 0 };
    const char *err = ap_check_cmd_context(cmd, NOT_IN_DIRECTORY | NOT_IN_FILES | NOT_IN_HTACCESS | NOT_IN_LIMIT);
    int i;

    if (err)
        return err;
    if (cmd->path == NULL)
        return "GwPlugin belongs into a <Location>; for a whole virtual host write <Location \"/\">";
    if (argc < 1)
        return "GwPlugin takes a plugin's name and key=value settings";
    if ((plugin = gw_plugin_find(argv[0])) == NULL)
        return apr_psprintf(cmd->pool, "GwPlugin %s: no such plugin is loaded (loaded: %s): put its LoadModule line "
                            "above", argv[0], loaded_plugins(cmd->temp_pool));
    if (conf->plugins == NULL)
        conf->plugins = apr_array_make(cmd->pool, 4, sizeof(gw_static_plugin));
    for (i = 0; i < conf->plugins->nelts; i++)
        if (APR_ARRAY_IDX(conf->plugins, i, gw_static_plugin).plugin == plugin)
            return apr_psprintf(cmd->pool, "GwPlugin %s: given twice in this section: write its settings on one line",
                                argv[0]);
    err = compile_plugin(&added, plugin, (const char *const *)argv + 1, argc - 1, cmd->pool, cmd->temp_pool);
    if (err)
        return apr_psprintf(cmd->pool, "GwPlugin %s: %s", argv[0], err);
    added.plugin = plugin;
    added.made_secret = find_made_secret(plugin, (const char *const *)argv + 1, argc - 1);
    added.place = apr_psprintf(cmd->pool, "%s:%d%s", cmd->server->server_hostname ? cmd->server->server_hostname : "",
                                cmd->server->port, cmd->path);
    APR_ARRAY_PUSH(conf->plugins, gw_static_plugin) = added;
    conf->phases |= plugin->phases;
    if (conf->plugins->nelts == 1)
        note_place(cmd, conf, added.place);
    return NULL;
}

/* ---- the table ---- */

#define VALUE(name, row, help) AP_INIT_TAKE1(name, set_value, (void *)&gw_settings[row], RSRC_CONF, help)

const command_rec gw_commands[] = {
    /* routing */
    VALUE("GwRouter", GW_SET_ROUTER, "On: this virtual host routes by the gateway's routes; Fallthrough: what matches "
          "none goes on to httpd; Off"),
    VALUE("GwAmbiguousPaths", GW_SET_AMBIGUOUS_PATHS, "refuse or allow paths that another decoding would route "
          "elsewhere"),
    AP_INIT_ITERATE("GwTrustedProxies", add_trusted_proxy, NULL, RSRC_CONF,
                    "networks whose X-Forwarded-* and X-Real-IP headers are believed"),
    AP_INIT_ITERATE("GwHeaders", add_header, NULL, RSRC_CONF, "headers that answers carry, or off"),
    VALUE("GwReplayBuffer", GW_SET_REPLAY_BUFFER, "bytes of a request body kept for a retry"),
    /* static locations */
    AP_INIT_TAKE1("GwService", set_service, NULL, RSRC_CONF | ACCESS_CONF,
                  "in a <Location>: the service whose plugins apply"),
    AP_INIT_TAKE_ARGV("GwPlugin", add_plugin, NULL, RSRC_CONF | ACCESS_CONF,
                      "in a <Location>: a plugin and its settings, key=value"),
    /* store and caches */
    AP_INIT_TAKE12("GwMigrate", set_migrate, (void *)&gw_settings[GW_SET_MIGRATE], RSRC_CONF,
                   "On: bring the database up to date at start; and where the scripts are"),
    AP_INIT_TAKE1("GwStateDir", set_path, (void *)offsetof(gw_server_conf, state_dir), RSRC_CONF,
                  "folder for what must survive a restart"),
    AP_INIT_TAKE1("GwJwksCAFile", set_file, (void *)offsetof(gw_server_conf, jwks_ca_file), RSRC_CONF,
                  "certificates (PEM) that issuers of key sets are trusted by"),
    AP_INIT_TAKE1("GwHookCAFile", set_file, (void *)offsetof(gw_server_conf, hook_ca_file), RSRC_CONF,
                  "certificates (PEM) that authorization hooks are trusted by"),
    AP_INIT_TAKE1("GwDeclarativeConfig", set_path, (void *)offsetof(gw_server_conf, declarative_file), RSRC_CONF,
                  "file with all entities, instead of a database; none: they are posted to /config"),
    VALUE("GwCacheBytes", GW_SET_CACHE_BYTES, "bytes of consumers and credentials kept by each child"),
    VALUE("GwCacheTTL", GW_SET_CACHE_TTL, "seconds that they are kept; 0 = until changed"),
    VALUE("GwCacheMissTTL", GW_SET_CACHE_MISS_TTL, "seconds that it is remembered that a key does not exist"),
    VALUE("GwTokenCacheEntries", GW_SET_TOKEN_CACHE, "verified tokens remembered by each child; 0 = none"),
    VALUE("GwPropagationTimeout", GW_SET_PROPAGATION_TIMEOUT, "seconds that a request waits for a change that it must "
          "see"),
    VALUE("GwStoreWaiters", GW_SET_STORE_WAITERS, "threads of a child that may wait for the database at once"),
    /* plugins */
    VALUE("GwLegacyStatus", GW_SET_LEGACY_STATUS, "On: refused tokens get 403 where old clients expect it"),
    VALUE("GwKeyAtRest", GW_SET_KEY_AT_REST, "plain or hashed: how keys of key-auth are stored"),
    VALUE("GwHashThreads", GW_SET_HASH_THREADS, "threads of all children that may hash passwords at once"),
    VALUE("GwHookThreads", GW_SET_HOOK_THREADS, "threads of a child that may wait for authorization hooks at once"),
    /* Admin API */
    VALUE("GwAdminMaxBody", GW_SET_ADMIN_MAX_BODY, "bytes of a request to the Admin API"),
    VALUE("GwAuditDays", GW_SET_AUDIT_DAYS, "days that the audit of changes is kept; 0 = none is written"),
    AP_INIT_ITERATE("GwAdminHost", add_admin_host, NULL, RSRC_CONF, "names under which the Admin API may be called"),
    AP_INIT_ITERATE("GwAdminOrigin", add_admin_origin, NULL, RSRC_CONF,
                    "origins of web pages that may call the Admin API"),
    AP_INIT_TAKE1("GwAdminUi", set_path, (void *)offsetof(gw_server_conf, admin_ui), RSRC_CONF,
                  "folder of the web page that the Admin API serves at /ui/; off = none"),
    AP_INIT_TAKE1("GwApiVersion", set_api_version, NULL, RSRC_CONF, "version that the Admin API tells its clients"),
    { NULL, { NULL }, NULL, 0, NO_ARGS, NULL }
};
