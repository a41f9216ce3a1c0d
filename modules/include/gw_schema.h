/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gw_schema.h - field tables: one description of an entity or a plugin's config.
 *
 * Validation, defaults, form coercion, SQL columns, JSON, /schemas, directives and UI forms
 * all come from these tables. Pure: APR, Jansson and the C library; never httpd.h.
 * Implemented in modules/base; installed for third parties beside mod_gw.h.
 */
#ifndef GW_SCHEMA_H
#define GW_SCHEMA_H

#include <stddef.h>
#include <apr_pools.h>
#include <apr_time.h>
#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* mod_gw.so exports what is declared here; elsewhere everything is hidden unless it says otherwise. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct gw_arena gw_arena;   /* bump allocator; base/arena.h */
typedef struct gw_field gw_field;
typedef struct gw_schema gw_schema;
typedef struct gw_errors gw_errors; /* collects the "fields" tree of an error */

/* A list of strings in a compiled struct; v is NULL when n is 0. `set` is 0 for JSON null. */
typedef struct gw_strings {
    int n;
    int set;
    const char *const *v;
} gw_strings;

/* A list of integers in a compiled struct. */
typedef struct gw_integers {
    int n;
    int set;
    const apr_int64_t *v;
} gw_integers;

typedef enum gw_type {
    GW_T_STRING,  /* const char *  */
    GW_T_INTEGER, /* apr_int64_t   */
    GW_T_NUMBER,  /* double        */
    GW_T_BOOLEAN, /* int           */
    GW_T_ARRAY,   /* gw_strings or gw_integers, by the element's type; other elements: json text */
    GW_T_SET,     /* as array; duplicates dropped, order kept */
    GW_T_MAP,     /* const char *: compact JSON text (a plugin's `prepare` digests it once) */
    GW_T_RECORD,  /* the nested struct itself, its fields' offsets relative to it */
    GW_T_FOREIGN  /* const char *: the parent's id, or NULL; in JSON {"id": "..."} */
} gw_type;

/* How a scalar is to be read beyond its type; also picks the SQL column type. */
typedef enum gw_format {
    GW_FMT_NONE,
    GW_FMT_UUID,      /* "expected a valid UUID" */
    GW_FMT_TIMESTAMP  /* seconds since 1970; "expected a valid timestamp" */
} gw_format;

/* Flags of a field. */
enum {
    GW_REQUIRED = 1 << 0,   /* null or absent: "required field missing" */
    GW_UNIQUE = 1 << 1,     /* a second row with this value: 409 */
    GW_AUTO = 1 << 2,       /* made by `generate` when the client gives none */
    GW_IMMUTABLE = 1 << 3,  /* "immutable field cannot be updated" */
    GW_WRITE_ONLY = 1 << 4, /* accepted, never shown */
    GW_SECRET = 1 << 5,     /* masked in audit and explain, never logged */
    GW_INTERNAL = 1 << 6,   /* stored, unknown to clients in both directions */
    GW_CASCADE = 1 << 7,    /* foreign: goes with its parent (otherwise the parent cannot go) */
    GW_NULL_ONLY = 1 << 8,  /* "value must be null" */
    GW_ALWAYS_NEW = 1 << 9, /* generated anew at each write (updated_at) */
    GW_COMMA_LIST = 1 << 10, /* array/set of free-of-commas words: a form's single value is split on unescaped commas,
                              * unless it begins with '~' (a regex path may hold commas) */
    GW_MAY_BE_EMPTY = 1 << 11, /* string: "" is a value; without it "" is refused */
    GW_LOOSE = 1 << 12,        /* foreign: the parent is there when it is written, and may go without it: the column has
                                * no constraint (rows that outlive a declarative reload) */
    GW_CHILDREN = 1 << 13,     /* array of strings without a column: the endpoint keys of the rows of `reference` that
                                * hang on this one, in their order. Written, it makes and removes such rows; null
                                * leaves them as they are. Where the entity has no endpoint key of its own, paths may
                                * name it by theirs. Declarative files nest the rows instead */
    GW_NO_LINK = 1 << 14       /* foreign: no path of the Admin API leads from the row to its parent */
};

/* Checks one value beyond what the table says. Returns NULL when it is good, else the message (in p).
 * `value` is borrowed, of the field's type, never null. */
typedef const char *gw_check_fn(const json_t *value, const gw_field *field, apr_pool_t *p);

/* Makes a value for a field that the client left out: new reference. */
typedef json_t *gw_generate_fn(apr_time_t now);

struct gw_field {
    const char *name;           /* NULL ends a table; element descriptions have none to show */
    gw_type type;
    gw_format format;
    unsigned flags;
    const char *dflt;           /* default as JSON text; NULL = null (a required record: its fields' defaults) */
    const char *(*dflt_for)(const json_t *entity); /* default that depends on what the client sent; wins over dflt */
    gw_generate_fn *generate;   /* with GW_AUTO */
    const gw_field *element;    /* array, set, map: its values */
    const gw_field *keys;       /* map: its keys (a string description: one_of, lengths, check) or NULL */
    const gw_schema *record;    /* record */
    const gw_schema *(*pick)(const json_t *entity); /* record whose schema depends on the row (plugin config) */
    const char *reference;      /* foreign: name of the parent entity ("services"); of elements that are ids: whose,
                                 * so that such a row is not removed while it is in a list */
    const char *const *one_of;  /* NULL-terminated, in the order of the message; numbers as text ("426") */
    const char *const *not_one_of;
    double min, max;            /* between, inclusive, where has_range; units as the field says */
    double gt;                  /* value must be greater, where has_gt */
    unsigned has_range : 1;
    unsigned has_gt : 1;
    apr_size_t len_min;         /* strings: 1 is implied; arrays: elements; 0 = none */
    apr_size_t len_max;         /* 0 = none */
    const char *starts_with;
    const char *contains;       /* a set or array must hold this string */
    const char *const *const *exclusive_sets; /* subsets that may not be mixed; NULL-terminated list of such lists */
    gw_check_fn *check;         /* last of the field's checks */
    size_t at;                  /* GW_AT(struct, member), 0 = not compiled */
    size_t set_at;              /* GW_AT of an int that becomes 1 when the value is not null, where 0 is one too */
    const char *help;           /* one line for people: /schemas, UI, docs */
};

/* Where a field lands in its compiled struct (1 + offset, so that 0 means nowhere). */
#define GW_AT(type, member) (offsetof(type, member) + 1)
#define GW_BETWEEN(lo, hi) .has_range = 1, .min = (lo), .max = (hi)

typedef enum gw_rule_kind {
    GW_AT_LEAST_ONE_OF,
    GW_ONLY_ONE_OF,
    GW_MUTUALLY_REQUIRED,
    GW_MUTUALLY_EXCLUSIVE,
    GW_DISTINCT,
    GW_CONDITIONAL, /* if `if_field` satisfies `if_match`, `then_field` must satisfy `then_match` */
    GW_CUSTOM
} gw_rule_kind;

/* One check over several fields; a table of them ends with a row of zeroes (no fields, if_field or check).
 * Rules of a plugin's config schema name their fields either as the record does ("allow": errors land inside
 * `config`) or as the plugin's row does ("config.allow": errors land beside `config`); GW_CUSTOM gets the record. */
typedef struct gw_rule {
    gw_rule_kind kind;
    const char *fields[8];      /* names, dots for nested ("config.allow"), in the order of the message; a custom
                                 * check is skipped when one of them has failed already */
    const char *if_field;
    const gw_field *if_match;   /* an anonymous description: one_of, range, ... */
    const char *then_field;
    const gw_field *then_match; /* GW_REQUIRED, GW_NULL_ONLY, one_of, check, ... */
    const char *unless[2];      /* GW_CONDITIONAL: it does not count while one of these fields is set */
    void (*check)(const json_t *entity, gw_errors *errors, apr_pool_t *p); /* GW_CUSTOM */
} gw_rule;

/* An old or short name that clients may send; never shown. */
typedef struct gw_shorthand {
    gw_field field;             /* name, type and checks; errors are reported under this name */
    /* Write what `value` (checked; may be null) stands for into `entity` (the object it came in, where the old name
     * is gone already). NULL or a message in p.
     * NULL function: a plain rename to `target` (dots nest: "service.id"; null there is no service). */
    const char *(*expand)(json_t *entity, const json_t *value, apr_pool_t *p);
    const char *target;
} gw_shorthand;

struct gw_schema {
    const char *name;               /* "services", "jwt" */
    const gw_field *fields;         /* in the order that clients see */
    const gw_rule *rules;           /* may be NULL */
    const gw_shorthand *shorthands; /* may be NULL; ends with field.name == NULL */
    const char *help;
    const char *key_field;          /* the field that `pick` goes by ("name"): while it is wrong, all that is checked */
};

/* ---- what custom checks call (modules/base/schema_errors.c) ---- */

/* Put `message` at `field` (dots nest: "config.allow"); a field keeps its first message. Both are copied. */
void gw_errors_field(gw_errors *errors, const char *field, const char *message);
/* Add `message` to the list under "@entity". */
void gw_errors_entity(gw_errors *errors, const char *message);

/* ---- ready-made checks and generators (modules/base/schema_types.c) ---- */
gw_check_fn gw_check_name;        /* services, routes, instance_name */
gw_check_fn gw_check_tag;
gw_check_fn gw_check_host;        /* hostname or IP, no port */
gw_check_fn gw_check_sni;         /* hostname, neither IP nor port */
gw_check_fn gw_check_host_pattern; /* host[:port] of a route: one wildcard, as whole first or last label */
gw_check_fn gw_check_path;        /* RFC 3986 path */
gw_check_fn gw_check_percent;     /* each % is followed by two hex digits */
gw_check_fn gw_check_header_name;
gw_check_fn gw_check_ip_or_cidr;
gw_check_fn gw_check_http_method; /* upper-case letters */
gw_check_fn gw_check_regex;       /* PCRE2 dry run */
gw_check_fn gw_check_url;         /* scheme and host are there */
gw_check_fn gw_check_one_line;    /* no control characters: what goes into a header */
/* NULL when PCRE2 takes it, else PCRE2's own message in p. */
const char *gw_regex_check(const char *pattern, apr_pool_t *p);
gw_generate_fn gw_generate_uuid;
gw_generate_fn gw_generate_now;   /* seconds */
gw_generate_fn gw_generate_key;   /* 32 random alphanumerics */

/* The fields that nearly every entity begins with. */
#define GW_FIELD_ID                                                                                                    \
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID, .flags = GW_AUTO, .generate = gw_generate_uuid,        \
      .help = "the row's id" }
/* The same, compiled into a member. */
#define GW_FIELD_ID_AT(type_, member)                                                                                  \
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID, .flags = GW_AUTO, .generate = gw_generate_uuid,        \
      .at = GW_AT(type_, member), .help = "the row's id" }
#define GW_FIELD_CREATED_AT                                                                                            \
    { .name = "created_at", .type = GW_T_INTEGER, .format = GW_FMT_TIMESTAMP, .flags = GW_AUTO,                        \
      .generate = gw_generate_now, .help = "when it was made, seconds" }
#define GW_FIELD_UPDATED_AT                                                                                            \
    { .name = "updated_at", .type = GW_T_INTEGER, .format = GW_FMT_TIMESTAMP, .flags = GW_AUTO | GW_ALWAYS_NEW,        \
      .generate = gw_generate_now, .help = "when it was last written, seconds" }
#define GW_FIELD_TAGS                                                                                                  \
    { .name = "tags", .type = GW_T_SET, .element = &gw_tag_element, .help = "words to find it by" }
extern const gw_field gw_tag_element;

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif
#endif
