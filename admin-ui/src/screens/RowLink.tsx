// SPDX-License-Identifier: Apache-2.0
// RowLink.tsx - a row of any entity by its name, leading to its screen where it has one.
import { path, type Row } from '../api.ts';
import { meta } from '../meta.ts';
import { refName } from '../refs.ts';
import { link } from '../router.ts';

type Props = { entity: string } & ({ row: Row; id?: undefined } | { id: string; row?: undefined });

/** The screen of a row; null: its entity has no screen. */
export function hrefOf(entity: string, id: string): string | null {
    const collection = meta.value?.collectionOf.get(entity);
    return collection ? link(path`/${collection}/${id}`) : null;
}

export function RowLink({ entity, row, id = String(row?.['id'] ?? '') }: Props) {
    const name = row ? String(row['name'] ?? row['username'] ?? id) : refName(entity, id).value;
    const href = hrefOf(entity, id);
    return href ? <a href={href}><bdi class="wrap">{name}</bdi></a> : <bdi class="wrap">{name}</bdi>;
}
