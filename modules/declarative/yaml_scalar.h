/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_scalar.h - what a plain word means in YAML 1.1: null, a boolean, a number, or itself. Pure.
 */
#ifndef GW_DECLARATIVE_YAML_SCALAR_H
#define GW_DECLARATIVE_YAML_SCALAR_H

#include <apr_pools.h>
#include <jansson.h>

/* New reference; a string when it is nothing else. NULL: the bytes are no text (NUL, no UTF-8). */
json_t *gw_yaml_scalar(const char *word, apr_size_t len);
/* The same under an explicit tag ("tag:yaml.org,2002:str"); NULL when the tag is not known or the word does not fit. */
json_t *gw_yaml_scalar_tagged(const char *tag, const char *word, apr_size_t len);

#endif
