// SPDX-License-Identifier: Apache-2.0
// paths.test.ts - addresses: of the API, of screens, and what /endpoints says of how rows nest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { path } from '../../src/api.ts';
import { placeOf, rowPath } from '../../src/entities/place.ts';
import { parseEndpoints } from '../../src/meta.ts';
import { match, parseHash } from '../../src/router.ts';

test('what is put into a path is encoded', () => {
    assert.equal(path`/jwts/${'https://i.example/ü?#'}`, '/jwts/https%3A%2F%2Fi.example%2F%C3%BC%3F%23');
});

const hashes: [string, string, string][] = [
    ['', '/', ''],
    ['#/', '/', ''],
    ['#/services/', '/services', ''],
    ['#/services?tags=a%2Cb&offset=x', '/services', 'tags=a%2Cb&offset=x'],
    ['#/a/%2F?q=%3F?', '/a/%2F', 'q=%3F%3F'],
];
for (const [hash, where, query] of hashes)
    test(`the address ${hash || '(none)'}`, () => {
        const found = parseHash(hash);
        assert.equal(found.path, where);
        assert.equal(String(found.query), query);
    });

const matches: [string, string, object | null][] = [
    ['/', '/', {}],
    ['/audit', '/audit', {}],
    ['/:a', '/', null],
    ['/:a/:b', '/services/x%2Fy', { a: 'services', b: 'x/y' }],
    ['/:a/:b', '/services', null],
    ['/:a', '/%zz', null],
];
for (const [pattern, where, params] of matches)
    test(`${where} at ${pattern}`, () => assert.deepEqual(match(pattern, where), params));

const meta = parseEndpoints([
    '/', '/services', '/services/{services}', '/services/{services}/routes', '/services/{services}/routes/{routes}',
    '/routes/{routes}', '/routes/{routes}/service', '/routes/{routes}/plugins/{plugins}', '/plugins/{plugins}',
    '/consumers/{consumers}', '/consumers/{consumers}/jwt/{jwt_secrets}', '/jwts/{jwt_secrets}', '/tags/{tag}',
    '/apis/{name}/plugins/{plugin}', '/upstreams/{upstreams}', '/upstreams/{upstreams}/targets/{targets}',
    '/upstreams/{upstreams}/targets/{targets}/healthy', '/schemas/{name}',
]);

test('collections are those with rows', () => {
    assert.deepEqual([...meta.entityOf.keys()], ['services', 'routes', 'plugins', 'consumers', 'jwts', 'upstreams']);
    assert.deepEqual(meta.children.map(({ parent, nested }) => `${parent}/${nested}`),
        ['services/routes', 'routes/plugins', 'consumers/jwt', 'upstreams/targets']);
});

const places: [string, Parameters<typeof placeOf>[0], string | null][] = [
    ['a row of its own', { collection: 'services' }, '/services/i'],
    ['a row with rows below it has a screen of its own', { collection: 'services', id: 's', nested: 'routes' }, '/routes/i'],
    ['a credential stays below its consumer', { collection: 'consumers', id: 'c/d', nested: 'jwt' }, '/consumers/c%2Fd/jwt/i'],
    ['a target has no other screen', { collection: 'upstreams', id: 'u', nested: 'targets' }, '/upstreams/u/targets/i'],
    ['no such collection', { collection: 'tags', id: 't' }, null],
    ['no such rows below', { collection: 'services', id: 's', nested: 'jwt' }, null],
];
for (const [what, params, screen] of places)
    test(what, () => {
        const place = placeOf(params, meta);
        assert.equal(place && rowPath(place, 'i', meta), screen);
    });
