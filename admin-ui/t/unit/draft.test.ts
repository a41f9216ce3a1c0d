// SPDX-License-Identifier: Apache-2.0
// draft.test.ts - what a form sends, and what becomes of edits when the row changes below them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../../src/entities/differences.ts';
import { Draft, isEqual } from '../../src/form/draft.ts';
import type { Schema } from '../../src/form/schema.ts';

const schema: Schema = {
    fields: [
        { id: { type: 'string', auto: true, uuid: true } },
        { name: { type: 'string', unique: true } },
        { port: { type: 'integer', required: true, default: 80 } },
        { path: { type: 'string' } },
        { tags: { type: 'set', elements: { type: 'string' } } },
        { config: { type: 'record', fields: [{ a: { type: 'integer', default: 1 } }, { deep: { type: 'record', fields: [{ b: { type: 'string' } }] } }] } },
    ],
};
const row = { id: '1', name: 'n', port: 80, path: null, tags: ['x'], config: { a: 1, deep: { b: null } } };
const draftOf = (base: object = row) => new Draft(schema, structuredClone(base) as typeof row, base !== row && Object.keys(base).length === 0);

const bodies: [string, [string[], unknown][], object][] = [
    ['nothing edited, nothing sent', [], {}],
    ['an edited field alone', [[['name'], 'm']], { name: 'm' }],
    ['the same value again is no edit', [[['name'], 'm'], [['name'], 'n']], {}],
    ['an emptied field is null', [[['name'], null]], { name: null }],
    ['an emptied field that needs a value goes back to its default', [[['port'], null]], { port: 80 }],
    ['a field of a record, without its neighbours', [[['config', 'deep', 'b'], 'z']], { config: { deep: { b: 'z' } } }],
    ['an added item that was left blank is none', [[['tags'], ['x', '']]], {}],
    ['the last item taken away', [[['tags'], null]], { tags: null }],
    ['what is no number goes to the server as it was typed', [[['port'], '8x']], { port: '8x' }],
];
for (const [what, edits, body] of bodies)
    test(what, () => {
        const draft = draftOf();
        for (const [path, value] of edits) draft.set(path, value);
        assert.deepEqual(draft.body(), body);
        assert.equal(draft.isDirty.value, Object.keys(body).length > 0 && !isEqual(draft.value(), row));
    });

test('a new row leaves out what was emptied again: the server knows the defaults', () => {
    const draft = draftOf({});
    draft.set(['name'], 'a');
    draft.set(['port'], 8080);
    draft.set(['port'], null);
    assert.deepEqual(draft.body(), { name: 'a' });
});

test('after a conflict edits stay, other fields follow the row', () => {
    const draft = draftOf();
    draft.set(['name'], 'mine');
    assert.equal(draft.cell(['path']).value, null);
    const theirs = { ...row, name: 'theirs', path: '/theirs' };
    const found = differences(draft, theirs);
    draft.rebase(theirs);
    assert.deepEqual(found.map(({ path, isContested }) => [path.join('.'), isContested]), [['name', true], ['path', false]]);
    assert.deepEqual(draft.body(), { name: 'mine' });
    assert.equal(draft.cell(['path']).value, '/theirs');
    draft.set(['name'], 'theirs');
    assert.equal(draft.isDirty.value, false, 'taking theirs leaves nothing to save');
});

test('discarding brings the row back', () => {
    const draft = draftOf();
    draft.set(['config', 'a'], 5);
    draft.reset();
    assert.equal(draft.cell(['config', 'a']).value, 1);
    assert.equal(draft.isDirty.value, false);
});

test('equality does not care for the order of members', () => {
    assert.ok(isEqual({ a: 1, b: [1, { c: null }] }, { b: [1, {}], a: 1 }));
    assert.ok(!isEqual([1, 2], [2, 1]));
    assert.ok(!isEqual([], {}));
    assert.ok(!isEqual('1', 1));
});
