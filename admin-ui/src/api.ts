// SPDX-License-Identifier: Apache-2.0
// api.ts - the Admin API, from the page that it serves itself: same origin, one level above /ui/.

/** A row as the Admin API gives it. */
export type Row = Record<string, unknown>;

export interface Answer<T> {
    status: number;
    body: T;
    /** For If-Match of the next write; single rows have one. */
    etag: string | null;
    /** What was stored but has no effect (X-Gw-Warning). */
    warnings: string[];
}

export interface Page<T> {
    data: T[];
    /** Where the next page begins; absent on the last one. */
    offset?: string;
    next: string | null;
}

export interface ListOptions {
    size?: number;
    offset?: string;
    /** a,b = all of them; a/b = any. */
    tags?: string;
}

export interface CallOptions {
    ifMatch?: string | null;
    /** Of a body that is text already (a declarative file). */
    contentType?: string;
}

/** An answer other than 2xx, or none at all: then the status is 0. */
export class ApiError extends Error {
    override readonly name: string;
    constructor(
        readonly status: number,
        readonly body: unknown,
        readonly etag: string | null = null,
    ) {
        const said = (typeof body === 'object' && body !== null ? body : {}) as Row;
        super(typeof said['message'] === 'string' ? said['message'] : '');
        this.name = typeof said['name'] === 'string' ? said['name'] : '';
    }

    /** The server's words field by field, as nested as the row. */
    get fields(): Row {
        const fields = (this.body as Row | null)?.['fields'];
        return typeof fields === 'object' && fields !== null ? (fields as Row) : {};
    }
}

const root = typeof location === 'undefined' ? '' : location.pathname.replace(/\/ui(\/.*)?$/, '');

/** The address of the Admin API as a shell on this machine would call it. */
export const apiAddress = () => location.origin + root;

/** path`/services/${name}`: what is put in is percent-encoded. */
export function path(strings: TemplateStringsArray, ...values: (string | number)[]): string {
    return String.raw({ raw: strings }, ...values.map((value) => encodeURIComponent(value)));
}

async function read(response: Response): Promise<unknown> {
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
    return isJson && text !== '' ? JSON.parse(text) : text;
}

async function call<T>(method: string, where: string, body?: unknown, options: CallOptions = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['Content-Type'] = options.contentType ?? 'application/json';
    if (options.ifMatch) headers['If-Match'] = options.ifMatch;
    const sent = body === undefined || options.contentType ? (body as string | undefined) : JSON.stringify(body);
    let response: Response, answer: unknown;
    try {
        response = await fetch(root + where, { method, headers, body: sent ?? null, cache: 'no-store' });
        answer = await read(response);
    } catch {
        throw new ApiError(0, null);
    }
    const etag = response.headers.get('ETag');
    if (!response.ok) throw new ApiError(response.status, answer, etag);
    const warnings = response.headers.get('X-Gw-Warning')?.split(', ') ?? [];
    return { status: response.status, body: answer as T, etag, warnings };
}

function withQuery(where: string, options: ListOptions): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options)) if (value) query.set(name, String(value));
    return query.size ? `${where}${where.includes('?') ? '&' : '?'}${query}` : where;
}

export const api = {
    get: <T = Row>(where: string) => call<T>('GET', where),
    list: async <T = Row>(where: string, options: ListOptions = {}): Promise<Page<T>> =>
        (await call<Page<T>>('GET', withQuery(where, options))).body,
    post: <T = Row>(where: string, body: unknown, options?: CallOptions) => call<T>('POST', where, body, options),
    put: <T = Row>(where: string, body: unknown, options?: CallOptions) => call<T>('PUT', where, body, options),
    patch: <T = Row>(where: string, body: unknown, options?: CallOptions) => call<T>('PATCH', where, body, options),
    delete: (where: string, options?: CallOptions) => call<unknown>('DELETE', where, undefined, options),
};
