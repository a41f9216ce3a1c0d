/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.c - the names of identity headers. Knows names only: what is done about them stands in upstream_headers.c.
 */
#include "identity.h"

#include <stddef.h>

typedef struct protected_name {
    const char *name;      /* lower case */
    int is_prefix;
    int only_in_disguise;  /* with a byte that upstreams take for '-' */
} protected_name;

static const protected_name protected_names[] = {
    { "x-consumer-", 1, 0 },
    { "x-credential-", 1, 0 },
    { "x-authenticated-", 1, 0 },
    { "x-anonymous-consumer", 0, 0 },
    { "x-forwarded-", 1, 1 },
    { "x-real-ip", 0, 1 },
};

/* As an upstream may fold it; header names are ASCII whatever the locale. */
static char fold(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\0')
        return c;
    return '-';
}

static int is_like(const char *header_name, const protected_name *protected)
{
    const char *want = protected->name;
    int is_disguised = 0;

    for (; *want && fold(*header_name) == *want; header_name++, want++)
        is_disguised |= *want == '-' && *header_name != '-';
    if (*want || (*header_name && !protected->is_prefix))
        return 0;
    for (; *header_name && !is_disguised; header_name++)
        is_disguised = fold(*header_name) == '-' && *header_name != '-';
    return is_disguised || !protected->only_in_disguise;
}

/* All of them begin with "x-"; the third letter tells them from most others. */
int gw_identity_is_protected(const char *header_name)
{
    size_t i;
    char third;

    if (fold(header_name[0]) != 'x' || fold(header_name[1]) != '-')
        return 0;
    third = fold(header_name[2]);
    for (i = 0; i < sizeof(protected_names) / sizeof(protected_names[0]); i++)
        if (protected_names[i].name[2] == third && is_like(header_name, &protected_names[i]))
            return 1;
    return 0;
}

int gw_header_is_disguised(const char *header_name)
{
    for (; *header_name; header_name++)
        if (fold(*header_name) == '-' && *header_name != '-')
            return 1;
    return 0;
}

int gw_header_is_like(const char *header_name, const char *other)
{
    while (*header_name && fold(*header_name) == fold(*other))
        header_name++, other++;
    return *header_name == *other;
}
