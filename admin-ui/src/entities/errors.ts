// SPDX-License-Identifier: Apache-2.0
// errors.ts - the server's words for the fields of a form, and for what has no field on it.
import { ApiError, type Row } from '../api.ts';
import { show } from '../form/types.ts';

/** Words field by field. A 409 has the values that another row has in their place: said of them is taken. */
export function fieldErrors(error: unknown, taken: string): Row {
    if (!(error instanceof ApiError)) return {};
    if (error.status !== 409) return error.fields;
    const given = Object.entries(error.fields).filter(([, value]) => value !== null);
    return Object.fromEntries(given.map(([name]) => [name, taken]));
}

export function unplaced(fields: Row, shown: Set<string>): string[] {
    return Object.entries(fields).flatMap(([name, words]) => {
        if (name === '@entity') return Array.isArray(words) ? words.map(String) : [String(words)];
        return shown.has(name) ? [] : [`${name}: ${show(words)}`];
    });
}
