// SPDX-License-Identifier: Apache-2.0
// place.ts - where a screen of rows stands. Its address is the Admin API's own path: #/services/ID/routes/ID.
import { path } from '../api.ts';
import type { Meta } from '../meta.ts';

export interface Place {
    entity: string;
    /** Path of the list, of the API and of its screen alike. */
    list: string;
    /** Null: the list itself. */
    id: string | null;
    parent: { entity: string; collection: string; id: string } | null;
}

export interface PlaceParams {
    collection?: string;
    id?: string;
    nested?: string;
    child?: string;
}

/** Null when this gateway has no such rows. */
export function placeOf({ collection = '', id, nested, child }: PlaceParams, meta: Meta): Place | null {
    const entity = meta.entityOf.get(collection);
    if (!entity) return null;
    if (!nested || id === undefined) return { entity, list: path`/${collection}`, id: id ?? null, parent: null };
    const below = meta.children.find((c) => c.parent === entity && c.nested === nested);
    if (!below) return null;
    const parent = { entity, collection, id };
    return { entity: below.entity, list: path`/${collection}/${id}/${nested}`, id: child ?? null, parent };
}

/** Rows below a row; plugins, which stand below so many, come last. */
export const childrenOf = (entity: string, meta: Meta) =>
    meta.children
        .filter((child) => child.parent === entity)
        .sort((a, b) => Number(a.entity === 'plugins') - Number(b.entity === 'plugins'));

/** The screen of a row: its own where it has more to show, else below its parent. */
export function rowPath(place: Place, id: string, meta: Meta): string {
    const own = meta.collectionOf.get(place.entity);
    const isOwn = own !== undefined && (place.parent === null || childrenOf(place.entity, meta).length > 0);
    return isOwn ? path`/${own}/${id}` : place.list + path`/${id}`;
}
