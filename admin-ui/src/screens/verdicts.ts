// SPDX-License-Identifier: Apache-2.0
// verdicts.ts - what POST /debug/explain answers, and what it comes to: one outcome, who decided it, in which order.
import type { Row } from '../api.ts';
import type { Request } from './shell.ts';

export interface Candidate {
    id: string;
    name: string | null;
    asks_for: Row;
}

export interface Turn {
    name: string;
    /** The plugin's row; none in a <Location>. */
    id?: string | null;
    scope?: string;
    config?: Row;
    verdict: string;
    reason?: string | null;
}

export interface Explained {
    route: Row | null;
    service: Row | null;
    why?: string;
    candidates?: Candidate[];
    plugins?: Turn[];
    consumer?: (Row & { anonymous?: boolean }) | null;
    result: { status: number | null; body?: unknown; upstream?: string | null };
}

export type Outcome = 'proxied' | 'local' | 'unrouted' | 'refused' | 'answered';

/** Nobody's fault but the request's or the gateway's own: `by` is the plugin that spoke, if one did. */
export function outcomeOf(e: Explained): { outcome: Outcome; by: Turn | null; status: number | null; reason: string } {
    const { status, upstream, body } = e.result;
    const by = e.plugins?.find((turn) => turn.verdict === 'refused' || turn.verdict === 'answered') ?? null;
    const reason = by?.reason || sayBody(body);
    if (status === null) return { outcome: upstream ? 'proxied' : 'local', by: null, status, reason: '' };
    if (!e.route && status === 404 && !by) return { outcome: 'unrouted', by, status, reason };
    return { outcome: status >= 400 ? 'refused' : 'answered', by, status, reason };
}

/** A body's own words. */
export function sayBody(body: unknown): string {
    if (typeof body === 'string') return body;
    const message = (body as Row | null)?.['message'];
    return typeof message === 'string' ? message : body == null ? '' : JSON.stringify(body);
}

export type Mood = 'good' | 'bad' | 'info' | 'quiet';

const MOODS: Record<string, Mood> = {
    passed: 'good', authenticated: 'good', anonymous: 'info', refused: 'bad', answered: 'info',
    'not reached': 'quiet', 'not asked': 'quiet', 'acts on the answer': 'quiet',
};
export const moodOf = (verdict: string): Mood => MOODS[verdict] ?? 'info';

/** "Name: value" lines as a header of each name; a name without a colon is an empty header. */
export function parseHeaders(text: string): [string, string][] {
    return text.split('\n').flatMap((line): [string, string][] => {
        const [, name = '', value = ''] = /^\s*([^:]*?)\s*(?::\s*(.*?)\s*)?$/s.exec(line) ?? [];
        return name === '' ? [] : [[name, value]];
    });
}

export function formatHeaders(headers: [string, string][]): string {
    return headers.map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** The body of the question. Headers of one name are joined, as httpd does. */
export function questionOf(request: Request, clientIp: string): Row {
    const headers = new Map<string, string>();
    for (const [name, value] of request.headers) {
        const same = [...headers.keys()].find((known) => known.toLowerCase() === name.toLowerCase());
        headers.set(same ?? name, same ? `${headers.get(same)}, ${value}` : value);
    }
    return {
        method: request.method || 'GET',
        url: request.url,
        ...(headers.size ? { headers: Object.fromEntries(headers) } : {}),
        ...(request.body ? { body: request.body } : {}),
        ...(clientIp ? { client_ip: clientIp } : {}),
    };
}
