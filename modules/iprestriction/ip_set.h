/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip_set.h - a set of addresses and networks, made once and asked often: a search among sorted ranges. Pure.
 */
#ifndef GW_IPRESTRICTION_IP_SET_H
#define GW_IPRESTRICTION_IP_SET_H

#include "gw_schema.h"

/* An address as a number, most significant byte first. IPv4 addresses, mapped ones too, use the first four bytes. */
typedef struct gw_ip {
    unsigned char bytes[16];
    int is_v6;
} gw_ip;

typedef struct gw_ip_set gw_ip_set;

/* 1 and *ip, or 0: that is no address. */
int gw_ip_parse(gw_ip *ip, const char *text);
/* The set of these addresses and networks ("10.0.0.0/8"; bits behind the mask do not matter). In the arena. What is
 * neither is left out: checks have refused it. */
const gw_ip_set *gw_ip_set_make(const gw_strings *members, gw_arena *arena);
/* IPv4 addresses are members of IPv4 networks only. */
int gw_ip_set_has(const gw_ip_set *set, const gw_ip *ip);

#endif
