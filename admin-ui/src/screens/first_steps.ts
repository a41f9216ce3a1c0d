// SPDX-License-Identifier: Apache-2.0
// first_steps.ts - what the guide makes of an upstream URL and a choice: one declarative document, and the request that
// then works. The document goes to the gateway in one transaction, with ids of its own: a name that is taken is refused.
import type { Row } from '../api.ts';
import { toBase64, type Request } from './shell.ts';

export type Access = 'open' | 'key' | 'basic' | 'jwt';
/** The plugin that each choice needs. */
export const accessPlugin: Record<Access, string | null> = { open: null, key: 'key-auth', basic: 'basic-auth', jwt: 'jwt' };

/** A token that never ends is none to begin with. */
const configs: Partial<Record<Access, Row>> = { jwt: { config: { claims_to_verify: ['exp'] } } };

export interface Choice {
    upstream: string;
    name: string;
    path: string;
    access: Access;
    who: string;
}

export interface Listener {
    ip: string;
    port: number;
    ssl: boolean;
}

/** A URL as people type it: without a scheme it is http. Null: it is none. */
export function readUpstream(text: string): URL | null {
    const trimmed = text.trim();
    if (trimmed === '' || /\s/.test(trimmed)) return null;
    const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
    if (!/^https?:\/\//i.test(whole) || !URL.canParse(whole)) return null;
    return new URL(whole);
}

/** A name for the service: of its host what tells it apart. */
export function suggestName(upstream: string): string {
    const host = readUpstream(upstream)?.hostname ?? '';
    const isAddress = /^[\d.]+$|^\[/.test(host) || host === 'localhost';
    const words = isAddress ? [] : host.split('.').filter((word) => !['www', 'api', ''].includes(word));
    return words[0] ?? 'my-service';
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';

/** Without letters that are taken for one another. */
export function randomText(length: number): string {
    let text = '';
    while (text.length < length) {
        const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
        if (byte < 256 - (256 % LETTERS.length)) text += LETTERS[byte % LETTERS.length];
    }
    return text;
}

/** crypto.randomUUID is for secure contexts only. */
export function randomId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export interface Made {
    document: Row;
    serviceId: string;
    /** The key or password, or what tokens are signed with; shown once. */
    secret: string | null;
    /** What tokens say in `iss`. */
    issuer: string;
}

export const TOKEN_LIVES_S = 3600;
/** `now` in seconds. */
export const tokenClaims = (made: Made, now: number) => ({ iss: made.issuer, iat: now, exp: now + TOKEN_LIVES_S });

export function makeDocument(choice: Choice): Made {
    const plugin = accessPlugin[choice.access];
    const secret = plugin ? randomText(choice.access === 'jwt' ? 43 : 24) : null;
    const issuer = `${choice.who}-${randomText(8)}`;
    const serviceId = randomId();
    const service: Row = {
        id: serviceId,
        name: choice.name,
        url: readUpstream(choice.upstream)?.href ?? choice.upstream,
        routes: [{ id: randomId(), name: choice.name, paths: [choice.path] }],
        ...(plugin ? { plugins: [{ id: randomId(), name: plugin, ...configs[choice.access] }] } : {}),
    };
    const credentials: Record<Access, Row> = {
        open: {},
        key: { keyauth_credentials: [{ key: secret }] },
        basic: { basicauth_credentials: [{ username: choice.who, password: secret }] },
        jwt: { jwt_secrets: [{ key: issuer, secret, algorithm: 'HS256' }] },
    };
    const consumers = plugin ? { consumers: [{ id: randomId(), username: choice.who, ...credentials[choice.access] }] } : {};
    return { document: { _format_version: '3.0', services: [service], ...consumers }, serviceId, secret, issuer };
}

/** The request that is let through; without `proof` (the key, the password, a token), the one that is not. */
export function makeRequest(choice: Choice, proxy: string, proof: string | null): Request {
    const headerOf: Record<Access, (proof: string) => [string, string][]> = {
        open: () => [],
        key: (key) => [['apikey', key]],
        basic: (password) => [['Authorization', `Basic ${toBase64(`${choice.who}:${password}`)}`]],
        jwt: (token) => [['Authorization', `Bearer ${token}`]],
    };
    const headers = proof ? headerOf[choice.access](proof) : [];
    return { method: 'GET', url: proxy.replace(/\/+$/, '') + choice.path, headers, body: null };
}

/** Where requests go to, as seen from `host`, by which this page was reached: plain http first. */
export function proxyAddress(listeners: Listener[], host: string): string | null {
    const best = [...listeners].sort((a, b) => Number(a.ssl) - Number(b.ssl))[0];
    if (!best) return null;
    const isAny = best.ip === '0.0.0.0' || best.ip === '::';
    const name = isAny ? host : best.ip.includes(':') ? `[${best.ip}]` : best.ip;
    const scheme = best.ssl ? 'https' : 'http';
    const isUsual = best.port === (best.ssl ? 443 : 80);
    return `${scheme}://${name}${isUsual ? '' : `:${best.port}`}`;
}
