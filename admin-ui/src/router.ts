// SPDX-License-Identifier: Apache-2.0
// router.ts - the address after '#' is the screen: #/services/ID?tags=a. A form with unsaved edits may hold it.
import { effect, signal } from '@preact/signals';

export interface Route {
    /** As in the address: each part still percent-encoded. */
    path: string;
    query: URLSearchParams;
}

export function parseHash(hash: string): Route {
    const [path = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
    return { path: path.replace(/\/+$/, '') || '/', query: new URLSearchParams(query) };
}

/** The parameters of a pattern such as /services/:id, decoded; null when the path is another. */
export function match(pattern: string, path: string): Record<string, string> | null {
    const wanted = pattern.split('/');
    const parts = path.split('/');
    if (wanted.length !== parts.length) return null;
    const params: Record<string, string> = {};
    for (const [i, want] of wanted.entries()) {
        const part = parts[i] ?? '';
        if (want.startsWith(':') && part !== '') {
            try {
                params[want.slice(1)] = decodeURIComponent(part);
            } catch {
                return null;
            }
        } else if (want !== part) return null;
    }
    return params;
}

export const route = signal<Route>(parseHash(globalThis.location?.hash ?? ''));

/** Set by a form with unsaved edits: true while leaving would lose them. */
export const isHeld = signal(false);
/** Where the user wants to go while the screen is held; the shell asks. */
export const wanted = signal<string | null>(null);

/** An href for a screen; parts that come from rows are to be encoded (api.ts: path). */
export const link = (to: string) => `#${to}`;

export function go(to: string) {
    location.hash = to;
}

/** Leave a held screen after all. */
export function leave() {
    const to = wanted.value;
    wanted.value = null;
    isHeld.value = false;
    if (to !== null) go(to);
}

/** Put words of the query (tags, offset) into the address; null takes one away. */
export function goQuery(changes: Record<string, string | null>) {
    const query = new URLSearchParams(route.value.query);
    for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
    go(query.size ? `${route.value.path}?${query}` : route.value.path);
}

function follow(event: HashChangeEvent) {
    if (isHeld.value) {
        wanted.value = location.hash.slice(1);
        history.replaceState(null, '', new URL(event.oldURL).hash);
        return;
    }
    route.value = parseHash(location.hash);
}

export function startRouter() {
    addEventListener('hashchange', follow);
    effect(() => {
        onbeforeunload = isHeld.value ? (event) => event.preventDefault() : null;
    });
}
