// SPDX-License-Identifier: Apache-2.0
// copy_as.test.ts - rows as text that a shell, a JSON and a YAML reader take for what it was.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { asCurl, asJson, asYaml } from '../../src/entities/copyAs.ts';

const hostile = ["it's", '$(id)', '`id`', 'a "b" \\', '<script>', 'line\nline', '‮abc', '日本', '\u2028', ''];

for (const text of hostile)
    test(`a shell hands curl ${JSON.stringify(text)} as it is`, () => {
        const line = asCurl('http://h', `/services/${encodeURIComponent(text)}`, { name: text, created_at: 1, path: null });
        const said = execFileSync('sh', ['-c', `curl() { for a; do printf '%s\\0' "$a"; done; }; ${line}`]).toString().split('\0');
        assert.deepEqual(said.slice(0, 3), ['-X', 'PUT', `http://h/services/${encodeURIComponent(text)}`]);
        assert.deepEqual(JSON.parse(said[6] ?? ''), { name: text });
    });

test('JSON is the whole row', () => assert.deepEqual(JSON.parse(asJson({ a: null, b: [1] })), { a: null, b: [1] }));

const yaml: [string, unknown, string][] = [
    ['a word', 'abc', 'abc'],
    ['a path', '/a/b', '/a/b'],
    ['a word that YAML takes for a boolean', 'no', '"no"'],
    ['digits', '12', '"12"'],
    ['a number', 12, '12'],
    ['text with a colon', 'a: b', '"a: b"'],
    ['a comment', '#x', '"#x"'],
    ['a line end of YAML 1.1', '\u0085', '"\\u0085"'],
    ['an empty list', [], '[]'],
    ['an empty map', {}, '{}'],
    ['a reference', { id: '1b9c07fe-0b0f-452e-a152-05138eb966fa' }, '"1b9c07fe-0b0f-452e-a152-05138eb966fa"'],
];
for (const [what, value, text] of yaml)
    test(`YAML of ${what}`, () => assert.equal(asYaml('e', { k: value }), `_format_version: "3.0"\ne:\n  - k: ${text}\n`));

test('YAML of lists and maps', () => {
    assert.equal(asYaml('routes', { paths: ['/a', '~/b'], headers: { h: ['x'] }, updated_at: 5 }),
        '_format_version: "3.0"\nroutes:\n  - paths:\n      - /a\n      - "~/b"\n    headers:\n      h:\n        - x\n');
});
