// SPDX-License-Identifier: Apache-2.0
// schema.test.ts - what is read out of schemas: what to fill in, what to call a row, where words of the server belong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../src/api.ts';
import { unplaced } from '../../src/entities/errors.ts';
import { editableFields, keyField, nameOf, type Schema } from '../../src/form/schema.ts';
import { ownError, parseNumber, partError } from '../../src/form/types.ts';

const schema: Schema = {
    fields: [
        { id: { type: 'string', auto: true, uuid: true } },
        { created_at: { type: 'integer', auto: true, timestamp: true } },
        { until: { type: 'integer', timestamp: true } },
        { key: { type: 'string', auto: true, unique: true, encrypted: true } },
        { instance_name: { type: 'string', unique: true } },
        { name: { type: 'string', required: true } },
        { consumer: { type: 'foreign', eq: null } },
    ],
};

test('ids, times of writing and what must be null are not asked for', () =>
    assert.deepEqual(editableFields(schema).map(([name]) => name), ['until', 'key', 'instance_name', 'name']));

test('rows go by their first unique word, never by a secret', () => {
    assert.equal(keyField(schema), 'instance_name');
    assert.equal(nameOf({ id: '1', key: 's', instance_name: 'i', name: 'n' }, schema), 'i');
    assert.equal(nameOf({ id: '1', key: 's', instance_name: null, name: 'n' }, schema), 'n');
    assert.equal(nameOf({ id: '1', key: 's' }, schema), '1');
    assert.equal(nameOf({ id: '1', cert: '-----BEGIN\nX' }, { fields: [{ cert: { type: 'string', required: true } }] }), '1');
});

const numbers: [string, unknown][] = [['', null], [' 7 ', 7], ['1e3', 1000], ['-1.5', -1.5], ['7x', '7x'], ['Infinity', 'Infinity']];
for (const [text, value] of numbers) test(`the number ${JSON.stringify(text)}`, () => assert.equal(parseNumber(text), value));

test("the server's words find their place", () => {
    const fields = { port: 'bad', paths: [null, 'worse'], config: { a: 'no', '@entity': ['one of'] }, '@entity': ['all'], gone: { x: 'y' } };
    assert.equal(ownError(fields.port), 'bad');
    assert.equal(ownError(fields.paths), null);
    assert.equal(partError(fields.paths, 1), 'worse');
    assert.equal(ownError(fields.config), 'one of');
    assert.deepEqual(unplaced(fields, new Set(['port', 'paths', 'config'])), ['all', 'gone: {"x":"y"}']);
});

test('an answer that is no JSON is an error all the same', () => {
    const error = new ApiError(502, '<html>');
    assert.deepEqual([error.message, error.name, error.fields], ['', '', {}]);
});
