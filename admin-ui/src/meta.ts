// SPDX-License-Identifier: Apache-2.0
// meta.ts - what this gateway has: entities, how they nest, their schemas. All of it asked, nothing listed here.
import { signal } from '@preact/signals';
import { api, path } from './api.ts';
import type { Schema } from './form/schema.ts';

/** An entity that stands below another one: /consumers/{consumers}/jwt/{jwt_secrets}. */
export interface Child {
    parent: string;
    nested: string;
    entity: string;
}

export interface Meta {
    /** Entity by the name of its collection: jwts -> jwt_secrets. */
    entityOf: Map<string, string>;
    /** The collection of an entity: jwt_secrets -> jwts. */
    collectionOf: Map<string, string>;
    children: Child[];
    /** Further calls, as /endpoints shows them. */
    endpoints: Set<string>;
}

/** Paths such as /tags/{tag} are no collections of rows. */
const NO_ENTITY = new Set(['name', 'tag', 'plugin', 'address']);

export function parseEndpoints(endpoints: string[]): Meta {
    const meta: Meta = { entityOf: new Map(), collectionOf: new Map(), children: [], endpoints: new Set(endpoints) };
    for (const endpoint of endpoints) {
        const top = /^\/([^/{}]+)\/\{(\w+)\}$/.exec(endpoint);
        const below = /^\/[^/{}]+\/\{(\w+)\}\/([^/{}]+)\/\{(\w+)\}$/.exec(endpoint);
        if (top?.[1] && top[2] && !NO_ENTITY.has(top[2])) {
            meta.entityOf.set(top[1], top[2]);
            meta.collectionOf.set(top[2], top[1]);
        } else if (below?.[1] && below[2] && below[3] && !NO_ENTITY.has(below[3]))
            meta.children.push({ parent: below[1], nested: below[2], entity: below[3] });
    }
    return meta;
}

export const meta = signal<Meta | null>(null);

export async function loadMeta() {
    meta.value = parseEndpoints((await api.get<{ data: string[] }>('/endpoints')).body.data);
}

const schemas = new Map<string, Promise<Schema>>();

/** A schema is asked for once; one that could not be had is asked for again. */
function fetchSchema(where: string): Promise<Schema> {
    const known = schemas.get(where);
    if (known) return known;
    const asked = api.get<Schema>(where).then((answer) => answer.body);
    schemas.set(where, asked);
    asked.catch(() => schemas.delete(where));
    return asked;
}

export const schemaOf = (entity: string) => fetchSchema(path`/schemas/${entity}`);
export const pluginSchemaOf = (plugin: string) => fetchSchema(path`/schemas/plugins/${plugin}`);

export async function enabledPlugins(): Promise<string[]> {
    return (await api.get<{ enabled_plugins: string[] }>('/plugins/enabled')).body.enabled_plugins;
}
