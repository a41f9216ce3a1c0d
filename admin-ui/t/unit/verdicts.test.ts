// SPDX-License-Identifier: Apache-2.0
// What an explanation comes to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHeaders, moodOf, outcomeOf, parseHeaders, questionOf, sayBody, type Explained, type Turn } from '../../src/screens/verdicts.ts';

const said = (over: Partial<Explained>): Explained => ({ route: { id: 'r' }, service: { id: 's' }, plugins: [], result: { status: null }, ...over });
const turn = (verdict: string, reason: string | null = null): Turn => ({ name: 'key-auth', verdict, reason });

for (const [name, e, outcome, by, reason] of [
    ['it would be proxied', said({ result: { status: null, upstream: 'http://u/' } }), 'proxied', undefined, ''],
    ['httpd itself answers', said({ route: null, result: { status: null, upstream: null } }), 'local', undefined, ''],
    ['no route', said({ route: null, result: { status: 404, body: { message: 'no Route' } } }), 'unrouted', undefined, 'no Route'],
    ['a plugin refuses', said({ plugins: [turn('passed'), turn('refused', 'No key')], result: { status: 401 } }), 'refused', 'key-auth', 'No key'],
    ['a plugin refuses without a word of its own', said({ plugins: [turn('refused')], result: { status: 403, body: { message: 'So long' } } }), 'refused', 'key-auth', 'So long'],
    ['the gateway refuses', said({ result: { status: 503, body: { message: 'no Service' } } }), 'refused', undefined, 'no Service'],
    ['a plugin answers', said({ plugins: [turn('answered')], result: { status: 200, body: 'hello' } }), 'answered', 'key-auth', 'hello'],
    ['a global plugin answers where no route is', said({ route: null, plugins: [turn('refused', 'x')], result: { status: 404 } }), 'refused', 'key-auth', 'x'],
    ['an answer of an older server, with less in it', { route: null, service: null, result: { status: 400 } }, 'refused', undefined, ''],
] as [string, Explained, string, string | undefined, string][])
    test(name, () => {
        const got = outcomeOf(e);
        assert.deepEqual([got.outcome, got.by?.name, got.reason], [outcome, by, reason]);
    });

test("a body's own words", () =>
    assert.deepEqual([{ message: 'm' }, 'text', null, undefined, { iss: 'x' }].map(sayBody), ['m', 'text', '', '', '{"iss":"x"}']));
test('a verdict that is not known yet has a mood, too', () => assert.equal(moodOf('postponed'), 'info'));

test('headers, one a line', () => {
    const list: [string, string][] = [['a', '1'], ['B', 'x: y'], ['c', '']];
    assert.deepEqual(parseHeaders(' a:1 \n\nB: x: y\nc\n:nothing\n'), list);
    assert.deepEqual(parseHeaders(formatHeaders(list)), list);
});

test('the question says only what there is to say', () => {
    assert.deepEqual(questionOf({ method: 'GET', url: '/a', headers: [], body: null }, ''), { method: 'GET', url: '/a' });
    assert.deepEqual(questionOf({ method: 'PUT', url: '/a', headers: [['a', '1'], ['A', '2'], ['__proto__', 'x']], body: 'b' }, '10.0.0.1'), {
        method: 'PUT', url: '/a', headers: { a: '1, 2', ['__proto__']: 'x' }, body: 'b', client_ip: '10.0.0.1',
    });
});
