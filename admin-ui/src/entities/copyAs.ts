// SPDX-License-Identifier: Apache-2.0
// copyAs.ts - a row as a curl line, as JSON, and as YAML of the declarative format.
import type { Row } from '../api.ts';

/** Without what is null, and without what the server writes itself. */
export function essence(row: Row): Row {
    const kept = Object.entries(row).filter(
        ([name, value]) => value !== null && name !== 'created_at' && name !== 'updated_at',
    );
    return Object.fromEntries(kept);
}

/** Any text as one word of a POSIX shell. */
export const shellQuote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export function asCurl(address: string, path: string, row: Row): string {
    const body = JSON.stringify(essence(row));
    return `curl -X PUT ${shellQuote(address + path)} -H 'Content-Type: application/json' -d ${shellQuote(body)}`;
}

export const asJson = (row: Row) => JSON.stringify(row, null, 2);

/** Words that a YAML reader of whatever version takes for something else than text. */
const RESERVED = /^(null|true|false|yes|no|on|off|y|n|~)$/i;
const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./@-]*$/;

/** JSON's strings are YAML's; only characters that YAML 1.1 calls line ends need more. */
function yamlText(text: string): string {
    if (PLAIN.test(text) && !RESERVED.test(text)) return text;
    return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function yamlLines(value: unknown): string[] {
    if (Array.isArray(value) && value.length > 0)
        return value.flatMap((item) => yamlLines(item).map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`)));
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
        return Object.entries(value).flatMap(([name, member]) => {
            const lines = yamlLines(member);
            const isNested = typeof member === 'object' && member !== null && Object.keys(member).length > 0;
            return isNested ? [`${yamlText(name)}:`, ...lines.map((line) => `  ${line}`)] : [`${yamlText(name)}: ${lines[0]}`];
        });
    return [typeof value === 'string' ? yamlText(value) : JSON.stringify(value ?? null)];
}

/** References are ids there, no objects. */
function flatten(row: Row): Row {
    return Object.fromEntries(
        Object.entries(row).map(([name, value]) => {
            const isReference = typeof value === 'object' && value !== null && Object.keys(value).join() === 'id';
            return [name, isReference ? (value as Row)['id'] : value];
        }),
    );
}

export function asYaml(entity: string, row: Row): string {
    const body: Row = { _format_version: '3.0', [entity]: [flatten(essence(row))] };
    return `${yamlLines(body).join('\n')}\n`;
}
