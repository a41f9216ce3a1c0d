// SPDX-License-Identifier: Apache-2.0
// shell.ts - curl lines, written and read: what the page shows to be pasted, and what people paste into the page.
import { shellQuote } from '../entities/copyAs.ts';

export interface Request {
    method: string;
    url: string;
    headers: [string, string][];
    body: string | null;
}

/** A word of a POSIX shell; as it is where nothing needs quotes. */
export const quote = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : shellQuote(word));

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };

/** One quoted part that begins at `at`; [text, behind it]. Null: it never ends. */
function readQuoted(line: string, at: number): [string, number] | null {
    const isAnsi = line[at] === '$';
    const mark = line[isAnsi ? at + 1 : at];
    let text = '';
    for (let i = at + (isAnsi ? 2 : 1); i < line.length; i++) {
        const c = line[i] as string;
        if (c === mark) return [text, i + 1];
        if (c !== '\\' || (mark === "'" && !isAnsi)) text += c;
        else {
            const next = line[++i] ?? '';
            if (isAnsi) text += ESCAPES[next] ?? next;
            else if (next !== '\n') text += '"\\$`'.includes(next) ? next : `\\${next}`;
        }
    }
    return null;
}

/** The words of a command as a shell would split it, without expanding anything. Null: a quote is left open. */
export function splitWords(line: string): string[] | null {
    const words: string[] = [];
    let word: string | null = null;
    for (let i = 0; i < line.length; ) {
        const c = line[i] as string;
        if (c === "'" || c === '"' || (c === '$' && line[i + 1] === "'")) {
            const quoted = readQuoted(line, i);
            if (!quoted) return null;
            word = (word ?? '') + quoted[0];
            i = quoted[1];
        } else if (/\s/.test(c)) {
            if (word !== null) words.push(word);
            word = null;
            i++;
        } else if (c === '\\') {
            if (line[i + 1] !== '\n') word = (word ?? '') + (line[i + 1] ?? '');
            i += 2;
        } else {
            word = (word ?? '') + c;
            i++;
        }
    }
    if (word !== null) words.push(word);
    return words;
}

export function toBase64(text: string): string {
    return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** alice:secret, of an Authorization header that says it; null: of any other. */
function readBasic(value: string): string | null {
    try {
        const bytes = atob(/^Basic (\S+)$/.exec(value)?.[1] ?? '-');
        const text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
        return `Basic ${toBase64(text)}` === value ? text : null;
    } catch {
        return null;
    }
}

/** What curl's options mean for the request; their values have been taken. Other options say nothing of it. */
const MEANINGS: Record<string, (r: Request, value: string) => void> = {
    '-X': (r, v) => (r.method = v),
    '-H': (r, v) => {
        const [, name, value] = /^([^:]+):\s*(.*)$/s.exec(v) ?? [];
        if (name !== undefined) r.headers.push([name.trim(), value ?? '']);
    },
    '-d': (r, v) => (r.body = r.body === null ? v : `${r.body}&${v}`),
    '-u': (r, v) => r.headers.push(['Authorization', `Basic ${toBase64(v)}`]),
    '-b': (r, v) => r.headers.push(['Cookie', v]),
    '-A': (r, v) => r.headers.push(['User-Agent', v]),
    '-e': (r, v) => r.headers.push(['Referer', v]),
    '--oauth2-bearer': (r, v) => r.headers.push(['Authorization', `Bearer ${v}`]),
    '--url': (r, v) => (r.url = v),
};
const LONG: Record<string, string> = {
    '--request': '-X', '--header': '-H', '--data': '-d', '--data-raw': '-d', '--data-binary': '-d', '--data-ascii': '-d',
    '--json': '-d', '--user': '-u', '--cookie': '-b', '--user-agent': '-A', '--referer': '-e',
};
/** Options with a value that is none of the request's. */
const SKIPPED = new Set(
    ('-o -w -m -x -c -E -T -F -K -r -y -Y -z -C -D --output --write-out --max-time --connect-timeout --proxy --cookie-jar ' +
        '--resolve --connect-to --cacert --cert --key --retry --interface --form --range --config --dump-header').split(' '),
);

/** -sSXPOST: flags without a value, up to one that has one. [its option, the rest of the word], or null. */
function openCluster(word: string): [string, string] | null {
    for (let i = 1; i < word.length; i++) {
        const option = `-${word[i]}`;
        if (MEANINGS[option] || SKIPPED.has(option)) return [option, word.slice(i + 1)];
    }
    return null;
}

/** The request that a curl line sends; null when it is none. */
export function parseCurl(line: string): Request | null {
    const words = splitWords(line.trim().replace(/^[$#>]\s+/, ''));
    if (words?.[0] !== 'curl') return null;
    const request: Request = { method: '', url: '', headers: [], body: null };
    let isGet = false;
    for (let i = 1; i < words.length; i++) {
        const word = words[i] as string;
        if (!word.startsWith('-') || word === '-') {
            request.url ||= word;
            continue;
        }
        const [long, glued] = word.startsWith('--') ? word.split(/=(.*)/s) : [];
        const cluster = long === undefined ? openCluster(word) : null;
        const flags = long === undefined && !cluster ? word : '';
        if (flags.includes('I') || long === '--head') request.method ||= 'HEAD';
        if (flags.includes('G') || long === '--get') isGet = true;
        const option = cluster?.[0] ?? (long !== undefined ? (LONG[long] ?? long) : word);
        if (!MEANINGS[option] && !SKIPPED.has(option)) continue;
        const value = glued ?? (cluster?.[1] || words[++i]) ?? '';
        MEANINGS[option]?.(request, value);
        if (long === '--json') request.headers.push(['Content-Type', 'application/json']);
    }
    if (request.url === '') return null;
    if (isGet && request.body !== null) {
        request.url += (request.url.includes('?') ? '&' : '?') + request.body;
        request.body = null;
    }
    const hasType = request.headers.some(([name]) => name.toLowerCase() === 'content-type');
    if (request.body !== null && !hasType) request.headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
    request.method ||= request.body === null ? 'GET' : 'POST';
    return request;
}

/** The line to paste; `options` come first ("-i"). */
export function formatCurl(request: Request, ...options: string[]): string {
    const words = ['curl', ...options];
    if (request.method !== (request.body === null ? 'GET' : 'POST')) words.push('-X', request.method);
    for (const [name, value] of request.headers) {
        const basic = name.toLowerCase() === 'authorization' ? readBasic(value) : null;
        words.push(...(basic !== null ? ['-u', basic] : ['-H', `${name}: ${value}`]));
    }
    if (request.body !== null) words.push('--data-binary', request.body);
    return [...words, request.url].map(quote).join(' ');
}
