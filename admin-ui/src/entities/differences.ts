// SPDX-License-Identifier: Apache-2.0
// differences.ts - what somebody else changed in a row while it was edited here.
import type { Row } from '../api.ts';
import { isEqual, valueAt, type Draft } from '../form/draft.ts';

export interface Difference {
    path: string[];
    before: unknown;
    theirs: unknown;
    /** You edited it, too. */
    isContested: boolean;
}

/** What they changed, against the row that the draft began with. */
export function differences(draft: Draft, theirs: Row): Difference[] {
    const edited = new Set(draft.changedPaths().map((path) => path.join('\0')));
    return draft
        .paths()
        .map((path) => ({ path, before: valueAt(draft.base, path), theirs: valueAt(theirs, path) }))
        .filter(({ before, theirs: now }) => !isEqual(before, now))
        .map((difference) => ({ ...difference, isContested: edited.has(difference.path.join('\0')) }));
}
