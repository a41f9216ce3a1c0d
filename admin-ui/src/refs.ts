// SPDX-License-Identifier: Apache-2.0
// refs.ts - names of rows that others refer to by id: each is asked for once, a few at a time.
import { signal, type Signal } from '@preact/signals';
import { api, path, type Row } from './api.ts';
import { nameOf } from './form/schema.ts';
import { meta, schemaOf } from './meta.ts';

const AT_ONCE = 4;
const MOST = 2000; /* names that are kept */
const names = new Map<string, Signal<string>>();
const waiting: (() => Promise<void>)[] = [];
let running = 0;

async function work() {
    if (running >= AT_ONCE) return;
    running++;
    for (let job = waiting.shift(); job; job = waiting.shift()) await job();
    running--;
}

/** The name of a row; its id until the name is here. */
export function refName(entity: string, id: string): Signal<string> {
    const key = `${entity}/${id}`;
    const known = names.get(key);
    if (known) return known;
    if (names.size >= MOST) names.clear();
    const name = signal(id);
    names.set(key, name);
    const collection = meta.value?.collectionOf.get(entity);
    if (collection) {
        waiting.push(async () => {
            try {
                const [schema, row] = await Promise.all([schemaOf(entity), api.get<Row>(path`/${collection}/${id}`)]);
                name.value = nameOf(row.body, schema);
            } catch {
                names.delete(key);
            }
        });
        void work();
    }
    return name;
}

/** A row was changed or is gone. */
export function forgetRef(entity: string, id: string) {
    names.delete(`${entity}/${id}`);
}
