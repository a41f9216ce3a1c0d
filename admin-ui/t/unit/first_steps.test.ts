// SPDX-License-Identifier: Apache-2.0
// The guide to a first service; health in figures; revocations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../src/api.ts';
import {
    makeDocument, makeRequest, proxyAddress, randomId, randomText, readUpstream, suggestName, tokenClaims, type Choice,
} from '../../src/screens/first_steps.ts';
import { formatBytes, healthOf, hitRate, type Status } from '../../src/screens/health.ts';
import { bodyOf, isRefused, targetOf } from '../../src/screens/revocation.ts';
import { signToken } from '../../src/screens/token.ts';

for (const [typed, want] of [
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/'], [' api.example.com/v1 ', 'http://api.example.com/v1'],
    ['localhost:3000', 'http://localhost:3000/'], ['https://h', 'https://h/'], ['ftp://h', null], ['', null], ['http://', null],
    ['a b', null], ['javascript://x', null], ['http://h:99999', null],
] as const)
    test(`upstream ${JSON.stringify(typed)}`, () => assert.equal(readUpstream(typed)?.href ?? null, want));

for (const [upstream, want] of [
    ['http://127.0.0.1:3000', 'my-service'], ['localhost:3000', 'my-service'], ['http://[::1]:80', 'my-service'],
    ['https://www.billing.example.com', 'billing'], ['http://api.books.org', 'books'], ['orders', 'orders'], ['', 'my-service'],
] as const)
    test(`a name for ${upstream}`, () => assert.equal(suggestName(upstream), want));

const choice: Choice = { upstream: '10.0.0.1:80', name: 'n', path: '/n', access: 'key', who: 'alice' };

test('a document for each choice', () => {
    const key = makeDocument(choice);
    const [service] = key.document['services'] as Row[];
    assert.equal(service?.['url'], 'http://10.0.0.1/');
    assert.deepEqual((service?.['plugins'] as Row[]).map((plugin) => plugin['name']), ['key-auth']);
    assert.match(JSON.stringify(key.document['consumers']), new RegExp(`"keyauth_credentials":\\[{"key":"${key.secret}"`));
    const open = makeDocument({ ...choice, access: 'open' });
    assert.deepEqual([open.secret, open.document['consumers'], (open.document['services'] as Row[])[0]?.['plugins']], [null, undefined, undefined]);
    const basic = makeDocument({ ...choice, access: 'basic' });
    assert.match(JSON.stringify(basic.document), new RegExp(`{"username":"alice","password":"${basic.secret}"}`));
});

test('a token that any library takes', async () => {
    const { document, secret, issuer } = makeDocument({ ...choice, access: 'jwt' });
    assert.match(JSON.stringify(document), new RegExp(`"jwt_secrets":\\[{"key":"${issuer}","secret":"${secret}"`));
    assert.deepEqual(tokenClaims({ document, secret, issuer, serviceId: '' }, 100), { iss: issuer, iat: 100, exp: 3700 });
    // openssl dgst -sha256 -hmac secret says the same
    const token = await signToken({ iss: 'a', exp: 1 }, 'secret');
    const [head, body, signature] = token.split('.') as [string, string, string];
    assert.deepEqual([head, body].map((part) => atob(part)), ['{"alg":"HS256","typ":"JWT"}', '{"iss":"a","exp":1}']);
    assert.equal(signature, 'MKVTk3If08rKIC6QXYNeVYy-6KBPvp9hubfC4VQjekM');
});

test('which sessions a revocation refuses', () => {
    const session = { created_at: 100 };
    for (const [revocations, want] of [
        [[], false], [[{ issued_before: 100 }], false], [[{ issued_before: 101 }], true], [[{ until: 200 }], true],
        [[{ issued_before: 50, until: 200 }], false],
    ] as const)
        assert.equal(isRefused(session, [...revocations]), want, JSON.stringify(revocations));
});

test('the request that is let through', () => {
    assert.deepEqual(makeRequest(choice, 'http://g:8000/', 's'), { method: 'GET', url: 'http://g:8000/n', headers: [['apikey', 's']], body: null });
    assert.deepEqual(makeRequest(choice, 'http://g', null).headers, []);
    assert.deepEqual(makeRequest({ ...choice, access: 'jwt' }, 'http://g', 't').headers, [['Authorization', 'Bearer t']]);
    assert.deepEqual(makeRequest({ ...choice, access: 'basic' }, 'http://g', 's').headers, [['Authorization', 'Basic YWxpY2U6cw==']]);
});

test('ids and secrets', () => {
    assert.match(randomId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(randomText(24), /^[A-HJ-NP-Za-km-z2-9]{24}$/);
    assert.notEqual(randomText(24), randomText(24));
});

for (const [listeners, want] of [
    [[], null],
    [[{ ip: '127.0.0.1', port: 8443, ssl: true }, { ip: '127.0.0.1', port: 8000, ssl: false }], 'http://127.0.0.1:8000'],
    [[{ ip: '0.0.0.0', port: 443, ssl: true }], 'https://gw.example'],
    [[{ ip: '::', port: 80, ssl: false }], 'http://gw.example'],
    [[{ ip: '::1', port: 8000, ssl: false }], 'http://[::1]:8000'],
] as const)
    test(`where requests go: ${want}`, () => assert.equal(proxyAddress([...listeners], 'gw.example'), want));

const status = (over: object, reachable = true): Status => ({
    server: {}, memory: { workers_lua_vms: [] }, database: { reachable },
    gateway: { generation: 7, database: { state: 'up' }, caches: {}, warnings: [], children: [{ pid: 1, state: 'ready', generation: 7 }], ...over },
});
for (const [name, one, want] of [
    ['all is well', status({}), [true, false, 0]],
    ['the database is away', status({}, false), [false, true, 0]],
    ['a child is behind', status({ children: [{ pid: 1, state: 'ready', generation: 6 }] }), [false, false, 1]],
    ['a child is degraded', status({ children: [{ pid: 1, state: 'degraded', generation: 7 }] }), [false, false, 1]],
    ['a child that goes is none that is behind', status({ children: [{ pid: 1, state: 'stopping', generation: 6 }] }), [true, false, 0]],
] as [string, Status, unknown[]][])
    test(`health: ${name}`, () => {
        const health = healthOf(one);
        assert.deepEqual([health.isGood, health.isDatabaseAway, health.nbehind], want);
    });
test('figures', () => {
    assert.deepEqual([0, 1023, 1024, 1536, 67108864, 2 ** 50].map(formatBytes), ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '64 MiB', '1048576 GiB']);
    assert.deepEqual([hitRate({ entries: 0, bytes: 0 }), hitRate({ entries: 0, bytes: 0, hits: 3, misses: 1 })], [null, 0.75]);
});

test('revocations', () => {
    assert.deepEqual(bodyOf('past', '', 24, 1000.5), { issued_before: 1001 });
    assert.deepEqual(bodyOf('all', '', 1, 1000), { until: 4600 });
    assert.deepEqual(bodyOf('jti', 'x', 0.5, 1000), { jti: 'x', until: 2800 });
    for (const target of ['past', 'all', 'jti', 'session'] as const) assert.equal(targetOf(bodyOf(target, 'x', 1, 0)), target);
});
