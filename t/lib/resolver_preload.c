/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver_preload.c - for tests of names whose addresses change: preloaded into httpd, it answers getaddrinfo for the
 * names in the file $GW_TEST_NAMES (lines "name address address ..."), read anew each time; others go on to the system.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int resolver(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list);

/* The addresses of the name's line chained to one list; 1 when there is such a line. */
static int answer(FILE *file, const char *name, resolver *system_resolver, const char *service,
                  const struct addrinfo *hints, struct addrinfo **list)
{
    char line[512], *word, *state;

    while (fgets(line, sizeof(line), file) != NULL) {
        struct addrinfo **end = list;

        word = strtok_r(line, " \n", &state);
        if (word == NULL || strcmp(word, name) != 0)
            continue;
        *list = NULL;
        while ((word = strtok_r(NULL, " \n", &state)) != NULL) {
            if (system_resolver(word, service, hints, end) != 0)
                continue;
            while (*end != NULL)
                end = &(*end)->ai_next;
        }
        return 1;
    }
    return 0;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    resolver *system_resolver = (resolver *)dlsym(RTLD_NEXT, "getaddrinfo");
    const char *path = getenv("GW_TEST_NAMES");
    FILE *file = path != NULL && name != NULL ? fopen(path, "r") : NULL;
    int is_known = 0;

    if (file != NULL) {
        is_known = answer(file, name, system_resolver, service, hints, list);
        fclose(file);
    }
    if (is_known)
        return *list != NULL ? 0 : EAI_NONAME;
    return system_resolver(name, service, hints, list);
}
