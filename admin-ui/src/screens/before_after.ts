// SPDX-License-Identifier: Apache-2.0
// before_after.ts - two rows side by side: the fields in which they differ, at the depth where they do.
import type { Row } from '../api.ts';

export interface Change {
    /** config.key_names */
    field: string;
    kind: 'added' | 'removed' | 'changed';
    before: unknown;
    after: unknown;
}

function isRecord(value: unknown): value is Row {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isNothing = (value: unknown) => value === null || value === undefined;

/** Lists are compared whole: their order may matter. Of rows that came or went, what they do not say is left out. */
export function differences(before: unknown, after: unknown, field = ''): Change[] {
    if (isRecord(before) || isRecord(after)) {
        const a = isRecord(before) ? before : {};
        const b = isRecord(after) ? after : {};
        const isWhole = (isNothing(before) || isRecord(before)) && (isNothing(after) || isRecord(after));
        const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
        if (isWhole && names.length)
            return names.flatMap((name) => differences(a[name], b[name], field ? `${field}.${name}` : name));
    }
    if (JSON.stringify(before ?? null) === JSON.stringify(after ?? null)) return [];
    const kind = isNothing(before) ? 'added' : isNothing(after) ? 'removed' : 'changed';
    return [{ field, kind, before, after }];
}

/** A value in one line: text bare, all else as JSON. */
export function show(value: unknown): string {
    return typeof value === 'string' ? value : isNothing(value) ? '' : JSON.stringify(value);
}
