// SPDX-License-Identifier: Apache-2.0
// errors.ts - the server's words for what has no field on a form.
import type { Row } from '../api.ts';
import { show } from '../form/types.ts';

export function unplaced(fields: Row, shown: Set<string>): string[] {
    return Object.entries(fields).flatMap(([name, words]) => {
        if (name === '@entity') return Array.isArray(words) ? words.map(String) : [String(words)];
        return shown.has(name) ? [] : [`${name}: ${show(words)}`];
    });
}
