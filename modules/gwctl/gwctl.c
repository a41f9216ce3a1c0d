/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gwctl.c - the command for operators: whole configurations in and out of a gateway, over its Admin API.
 * The words on the command line; what they do stands in ctl_commands.c and ctl_import.c.
 */
#include "ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_URL "http://127.0.0.1:8001"
#define MOST_HEADERS 32

enum { OPT_SOURCE_HEADER = 256, OPT_CACERT, OPT_CERT, OPT_KEY, OPT_INSECURE, OPT_TIMEOUT, OPT_PRUNE, OPT_VERSION };

static const struct option long_options[] = {
    { "admin", required_argument, NULL, 'a' },
    { "user", required_argument, NULL, 'u' },
    { "header", required_argument, NULL, 'H' },
    { "source-header", required_argument, NULL, OPT_SOURCE_HEADER },
    { "cacert", required_argument, NULL, OPT_CACERT },
    { "cert", required_argument, NULL, OPT_CERT },
    { "key", required_argument, NULL, OPT_KEY },
    { "insecure", no_argument, NULL, OPT_INSECURE },
    { "timeout", required_argument, NULL, OPT_TIMEOUT },
    { "output", required_argument, NULL, 'o' },
    { "prune", no_argument, NULL, OPT_PRUNE },
    { "yes", no_argument, NULL, 'y' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPT_VERSION },
    { NULL, 0, NULL, 0 },
};

static const struct {
    const char *name;
    int nargs;
    gw_ctl_exit (*run)(const gw_ctl_options *options);
    const char *usage, *help;
} commands[] = {
    { "export", 0, gw_ctl_export, "export [-o FILE]", "all rows as YAML" },
    { "diff", 1, gw_ctl_diff, "diff FILE [--prune]", "what the file would change; exit 1 when anything" },
    { "apply", 1, gw_ctl_apply, "apply FILE [--prune] [--yes]", "show that, ask, and put it in force" },
    { "import", 1, gw_ctl_import, "import URL [--prune] [--yes | -o FILE]",
      "the same with everything that the Admin API at URL has" },
    { "status", 0, gw_ctl_status, "status", "who answers, and how it is; exit 1 when it is not well" },
    { "migrate", 1, gw_ctl_migrate, "migrate status|up", "migrations that have not run; run them" },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
    size_t i;

    fputs("usage: gwctl [OPTIONS] COMMAND\n\n", out);
    for (i = 0; i < NCOMMANDS; i++)
        fprintf(out, "  %-40s %s\n", commands[i].usage, commands[i].help);
    fputs("\n  -a, --admin URL         the Admin API (GWCTL_ADMIN; " DEFAULT_URL ")\n"
          "  -u, --user NAME:PASS    basic authentication (GWCTL_USER, which nobody sees in a list of processes)\n"
          "  -H, --header LINE       a header of each request; may be repeated\n"
          "      --source-header LINE  the same towards the URL of import\n"
          "      --cacert FILE, --cert FILE, --key FILE, --insecure\n"
          "      --timeout SECONDS   for one request (600)\n"
          "  -o, --output FILE       instead of standard output\n"
          "      --prune             delete what the configuration does not hold\n"
          "  -y, --yes               do not ask\n"
          "      --help, --version\n\nFILE is YAML or JSON; - is standard input. Exit codes: gwctl(1).\n", out);
}

static int refuse_usage(const char *why, const char *what)
{
    gw_ctl_complain("%s%s (gwctl --help)", why, what);
    return 0;
}

static int add_header(char **headers, int *n, char *line)
{
    if (*n == MOST_HEADERS || strchr(line, ':') == NULL || strpbrk(line, "\r\n") != NULL)
        return refuse_usage("not a header, or too many: ", line);
    headers[(*n)++] = line;
    return 1;
}

static int take_timeout(gw_ctl_options *options, const char *text)
{
    char *end;

    options->server.timeout_s = strtol(text, &end, 10);
    if (*end != '\0' || options->server.timeout_s < 1)
        return refuse_usage("--timeout takes seconds, not ", text);
    return 1;
}

static char *headers[MOST_HEADERS], *source_headers[MOST_HEADERS];

/* 0: it is wrong (told). */
static int take_option(gw_ctl_options *options, int which, char *value)
{
    gw_ctl_server *server = &options->server;

    switch (which) {
    case 'a':
        server->url = value;
        return 1;
    case 'u':
        server->user = value;
        return 1;
    case 'H':
        return add_header(headers, &server->nheaders, value);
    case OPT_SOURCE_HEADER:
        return add_header(source_headers, &options->nsource_headers, value);
    case OPT_CACERT:
        server->ca_file = value;
        return 1;
    case OPT_CERT:
        server->cert_file = value;
        return 1;
    case OPT_KEY:
        server->key_file = value;
        return 1;
    case OPT_INSECURE:
        server->is_insecure = 1;
        return 1;
    case OPT_TIMEOUT:
        return take_timeout(options, value);
    case 'o':
        options->output = value;
        return 1;
    case OPT_PRUNE:
        options->is_pruning = 1;
        return 1;
    case 'y':
        options->is_yes = 1;
        return 1;
    default: /* getopt has told */
        return 0;
    }
}

/* Without slashes at its end; http or https. NULL: told. */
static const char *clean_url(const char *given)
{
    char *url = strdup(given);
    size_t len = url != NULL ? strlen(url) : 0;

    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
    if (url != NULL && (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0))
        return url;
    free(url);
    refuse_usage("not a URL: ", given);
    return NULL;
}

static gw_ctl_exit run_command(gw_ctl_options *options, int argc, char **argv)
{
    size_t i;

    if (argc == 0) {
        print_usage(stderr);
        return GW_CTL_USAGE;
    }
    for (i = 0; i < NCOMMANDS && strcmp(commands[i].name, argv[0]) != 0; i++)
        ;
    if (i == NCOMMANDS) {
        refuse_usage("no such command: ", argv[0]);
        return GW_CTL_USAGE;
    }
    if (argc - 1 != commands[i].nargs) {
        refuse_usage("usage: gwctl ", commands[i].usage);
        return GW_CTL_USAGE;
    }
    if ((options->server.url = clean_url(options->server.url)) == NULL)
        return GW_CTL_USAGE;
    options->args = (const char *const *)argv + 1;
    options->nargs = argc - 1;
    return commands[i].run(options);
}

int main(int argc, char **argv)
{
    gw_ctl_options options = { .server = { .url = getenv("GWCTL_ADMIN"), .user = getenv("GWCTL_USER"), .timeout_s = 600,
                                           .headers = headers },
                               .source_headers = source_headers };
    int which;

    if (options.server.url == NULL || *options.server.url == '\0')
        options.server.url = DEFAULT_URL;
    while ((which = getopt_long(argc, argv, "a:u:H:o:yh", long_options, NULL)) != -1) {
        if (which == 'h') {
            print_usage(stdout);
            return GW_CTL_DONE;
        }
        if (which == OPT_VERSION) {
            puts("gwctl " GW_VERSION);
            return GW_CTL_DONE;
        }
        if (!take_option(&options, which, optarg))
            return GW_CTL_USAGE;
    }
    return (int)run_command(&options, argc - optind, argv + optind);
}
