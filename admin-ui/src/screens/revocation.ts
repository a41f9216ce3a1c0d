// SPDX-License-Identifier: Apache-2.0
// revocation.ts - what may be refused before its end, as a body of POST /revocations.
import type { Row } from '../api.ts';

/** Of a consumer: what was issued so far, or everything for a time. Of anybody: one token, one session. */
export type Target = 'past' | 'all' | 'jti' | 'session';
export const ofConsumer: readonly Target[] = ['past', 'all'];
export const ofAnybody: readonly Target[] = ['jti', 'session'];

/** `now` in seconds. What was issued in this very second counts as issued before. */
export function bodyOf(target: Target, what: string, hours: number, now: number): Row {
    if (target === 'past') return { issued_before: Math.floor(now) + 1 };
    const until = Math.floor(now + hours * 3600);
    return target === 'all' ? { until } : { [target]: what, until };
}

/** Does one of its consumer's revocations refuse this session? Time is up to the server: what is over is not listed. */
export function isRefused(session: Row, revocations: Row[]): boolean {
    const isOlder = ({ issued_before: end }: Row) => typeof end === 'number' && Number(session['created_at']) < end;
    return revocations.some((one) => targetOf(one) === 'all' || isOlder(one));
}

export function targetOf(row: Row): Target {
    if (row['jti']) return 'jti';
    if (row['session']) return 'session';
    return row['issued_before'] ? 'past' : 'all';
}
