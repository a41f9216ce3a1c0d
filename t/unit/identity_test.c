/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/identity.c: which header names a client may not send. */
#include "identity.h"

#include "tap.h"

static const struct { const char *name; int want; const char *why; } rows[] = {
    { "X-Consumer-ID",            1, "the consumer's id" },
    { "X-Consumer-Username",      1, "the consumer's name" },
    { "X-Consumer-Groups",        1, "any other word about the consumer" },
    { "X-Credential-Identifier",  1, "the credential" },
    { "X-Anonymous-Consumer",     1, "the mark of an anonymous consumer" },
    { "X-Authenticated-Groups",   1, "groups" },
    { "X-Authenticated-Userid",   1, "the user of oauth2" },
    { "x-consumer-id",            1, "lower case is the same name" },
    { "X-CONSUMER-ID",            1, "so is upper case" },
    { "X_Consumer_ID",            1, "an upstream's variables fold '_' and '-'" },
    { "X_CONSUMER-id",            1, "mixed forms too" },
    { "X-Consumer_Custom-ID",     1, "mixed inside the open part" },
    { "X.Consumer.ID",            1, "and some fold every other character" },
    { "X-Consumer-",              1, "a prefix with nothing behind it" },
    { "X-Consumer",               0, "the prefix ends with a dash" },
    { "X-Consumers-ID",           0, "another word" },
    { "X-Anonymous-Consumer-2",   0, "this name is exact" },
    { "X-Anonymous",              0, "a part of it is not it" },
    { "X-Auth-Phone",             0, "x-auth- is url-auth's affair" },
    { "X-Auth-Token",             0, "nothing else that starts x-auth- is touched" },
    { "Consumer-ID",              0, "without X-" },
    { "XX-Consumer-ID",           0, "not at the start" },
    { "X",                        0, "shorter than any prefix" },
    { "",                         0, "no name at all" },
    { "Authorization",            0, "a credential is no identity" },
    { "X-Forwarded-For",          0, "the client's address is another matter" },
    { "X-Forwarded-Custom",       0, "so is whatever else was forwarded" },
    { "X_Forwarded_For",          1, "but not in disguise, past what the gateway writes" },
    { "X-Forwarded_Host",         1, "however slight" },
    { "x_real_ip",                1, "the same for the address" },
    { "X-Real-IP",                0, "under its own name it is replaced" },
    { "X-Real-IPs",               0, "another name" },
    { "\xd8-Consumer-ID",         0, "a byte that is no ASCII letter is no x" },
};

static const struct { const char *sent, *name; int is_like, is_disguised; const char *why; } pairs[] = {
    { "X-User",  "X-User",  1, 0, "the same" },
    { "x-USER",  "X-User",  1, 0, "in another case" },
    { "X_User",  "x-user",  1, 1, "in disguise" },
    { "X.User",  "X_User",  1, 1, "both are" },
    { "X-User",  "X_User",  1, 0, "only the other one is" },
    { "XUser",   "X-User",  0, 0, "a dash less" },
    { "X-Users", "X-User",  0, 0, "longer" },
    { "X-Use",   "X-User",  0, 0, "shorter" },
    { "X-User-", "X-User",  0, 0, "by a dash" },
    { "X-User",  "X-User_", 0, 0, "the other way round" },
    { "",        "",        1, 0, "nothing" },
};

int main(void)
{
    size_t i;

    for (i = 0; i < COUNT(pairs); i++) {
        is_int(gw_header_is_like(pairs[i].sent, pairs[i].name), pairs[i].is_like, pairs[i].why);
        is_int(gw_header_is_disguised(pairs[i].sent), pairs[i].is_disguised, pairs[i].why);
    }

    for (i = 0; i < COUNT(rows); i++)
        is_int(gw_identity_is_protected(rows[i].name), rows[i].want, rows[i].why);
    return done();
}
