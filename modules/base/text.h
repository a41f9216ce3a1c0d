/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - small pure helpers over bytes: base64url, uuid, random, secrets, strict JSON, query strings.
 */
#ifndef GW_BASE_TEXT_H
#define GW_BASE_TEXT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/* RFC 4648 section 5 without padding, strict: no '+' '/', '=', white space or non-zero trailing bits.
 * `out` holds at least len * 3 / 4 bytes. Returns the bytes written, or -1. */
apr_ssize_t gw_base64url_decode(unsigned char *out, const char *in, apr_size_t len);
/* Lenient: base64 or base64url, padding optional (for secret_is_base64). -1 when it is neither. */
apr_ssize_t gw_base64_decode_any(unsigned char *out, const char *in, apr_size_t len);
/* Without padding, as the strict decoder takes it; in p. */
char *gw_base64url_encode(const void *in, apr_size_t len, apr_pool_t *p);

int gw_uuid_is(const char *s);              /* 36 characters, hex and dashes, any case */
void gw_uuid_make(char out[37]);            /* version 4, lower case */
/* RFC 4122 version 5 of `name` in the namespace `ns` (a uuid text). */
void gw_uuid_v5(char out[37], const char *ns, const char *name);

/* Cryptographic random; aborts the process when the system has none to give. */
void gw_random_bytes(void *out, apr_size_t len);
/* `len` random characters of [0-9A-Za-z] and a NUL. */
void gw_random_alnum(char *out, apr_size_t len);

/* Constant-time over equal lengths; the only compare for secrets (guarded in build/check). */
int gw_secure_is_equal(const void *a, apr_size_t alen, const void *b, apr_size_t blen);

/* As a quoted-string of a header (RFC 9110 section 5.6.4), quotes included; in p. */
const char *gw_quoted_string(const char *s, apr_pool_t *p);

/* 1 when the bytes are UTF-8 (RFC 3629: no surrogates, nothing overlong); an empty text is. */
int gw_utf8_is_valid(const char *s, apr_size_t len);

/* Strict JSON: one value, no trailing bytes, no duplicate members, valid UTF-8, no NUL, at most `depth` deep.
 * New reference or NULL. `depth` is checked before parsing. */
json_t *gw_json_parse(const char *text, apr_size_t len, int depth);
/* The same for what a client sent, bounded by what it makes of memory (`{}` is 2 bytes of text, and over 200 of heap):
 * `max_values` bounds the brackets that open and the commas, both outside strings, which are no fewer than the values
 * below the first; checked before parsing, too. Integers beyond 64 bits are read as real numbers, all else as above;
 * reals beyond a double stay refused. */
json_t *gw_json_parse_foreign(const char *text, apr_size_t len, int depth, apr_size_t max_values);
/* `max_values` for bodies of up to a MiB, in which a gateway looks for a member or two: at most about 6 MB of heap. */
#define GW_JSON_BODY_VALUES 50000
/* What json_dumps wrote, in place: each real number in as few digits as mean the same. NULL stays NULL. Returns it. */
char *gw_json_shorten(char *text);

/* One name=value pair of a query string or cookie header. */
typedef struct gw_pair {
    const char *name;
    const char *value; /* "" for name= and for a bare name */
    int bare;          /* name without '=' */
} gw_pair;

/* The first value of `name` in a query string, percent-decoded into p; *count (may be NULL) = how often it occurs.
 * NULL when it does not. '+' is a space. */
const char *gw_query_get(int *count, const char *query, const char *name, apr_pool_t *p);
/* All values of `name`, in order, decoded: array of const char *; it and they are in p. */
apr_array_header_t *gw_query_all(const char *query, const char *name, apr_pool_t *p);
/* `query` without every pair called `name`, other bytes untouched: in p, or `query` itself when it has none.
 * NULL when nothing is left. */
const char *gw_query_remove(const char *query, const char *name, apr_pool_t *p);
/* All pairs decoded, at most max; NULL when there are more. Array of gw_pair; it and its texts are in p. */
apr_array_header_t *gw_query_parse(const char *query, int max, apr_pool_t *p);
/* How a name as it stands in a query string (from `raw` to `end`, where '=', '&' or another byte that is no hex digit
 * follows) and a plain one compare: as apr_cstr_casecmp of the decoded one would, whatever its length. */
int gw_query_compare(const char *raw, const char *end, const char *name);
/* The value of cookie `name` in a Cookie header (RFC 6265 4.2), first one, in p; NULL if absent. */
const char *gw_cookie_get(const char *header, const char *name, apr_pool_t *p);

#endif
