// SPDX-License-Identifier: Apache-2.0
// Rows before and after; the plan of a declarative text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, show } from '../../src/screens/before_after.ts';
import { countsOf, faultsOf, isIdle, linesOf, type Plan } from '../../src/screens/plan.ts';

const told = (before: unknown, after: unknown) => differences(before, after).map((c) => [c.field, c.kind, show(c.before), show(c.after)]);

for (const [name, before, after, want] of [
    ['nothing', { a: 1 }, { a: 1 }, []],
    ['a field', { a: 1, b: 2 }, { a: 1, b: 3 }, [['b', 'changed', '2', '3']]],
    ['a field within', { c: { d: [1], e: 1 } }, { c: { d: [2], e: 1 } }, [['c.d', 'changed', '[1]', '[2]']]],
    ['null and absent are the same', { a: null }, {}, []],
    ['a value that comes', { a: null }, { a: 'x' }, [['a', 'added', '', 'x']]],
    ['a value that goes', { a: 'x' }, { a: null }, [['a', 'removed', 'x', '']]],
    ['false is a value', { a: true }, { a: false }, [['a', 'changed', 'true', 'false']]],
    ['a new row', null, { id: 'i', a: null, b: { c: 1 } }, [['id', 'added', '', 'i'], ['b.c', 'added', '', '1']]],
    ['a row that is gone', { id: 'i' }, null, [['id', 'removed', 'i', '']]],
    ['a record becomes text', { a: { b: 1 } }, { a: 'x' }, [['a', 'changed', '{"b":1}', 'x']]],
    ['an empty record comes', { a: null }, { a: {} }, [['a', 'added', '', '{}']]],
    ['the order of a list counts', { a: [1, 2] }, { a: [2, 1] }, [['a', 'changed', '[1,2]', '[2,1]']]],
] as [string, unknown, unknown, unknown][])
    test(`difference: ${name}`, () => assert.deepEqual(told(before, after), want));

const plan: Plan = {
    create: { routes: [{ id: '1', name: 'r' }] },
    update: { services: [{ id: '2', name: 's', changes: { host: { from: 'a', to: 'b' } } }] },
    delete: { consumers: [{ id: '3', name: null }, { id: '4', name: 'x' }] },
    unchanged: { acls: 2, consumers: 1 },
};
const nothing: Plan = { create: {}, update: {}, delete: {}, unchanged: {} };

test('a plan in figures and lines', () => {
    assert.deepEqual(countsOf(plan), { create: 1, update: 1, delete: 2, unchanged: 3 });
    assert.deepEqual(linesOf(plan).map((l) => `${l.kind} ${l.entity} ${l.id}`),
        ['create routes 1', 'update services 2', 'delete consumers 3', 'delete consumers 4']);
});
test('is there anything to do?', () => {
    assert.equal(isIdle(plan, false), false);
    assert.equal(isIdle(nothing, true), true);
    assert.equal(isIdle({ ...nothing, delete: plan.delete }, false), true);
    assert.equal(isIdle({ ...nothing, delete: plan.delete }, true), false);
});

for (const [name, fields, want] of [
    ['of a field', { url: 'required field missing' }, ['url: required field missing']],
    ['of rows in a list, some without', { services: [null, { host: 'bad', routes: [{ paths: ['worse'] }] }] },
        ['services[1].host: bad', 'services[1].routes[0].paths[0]: worse']],
    ['of a row as a whole', { services: [{ '@entity': ['one of these', 'or those'] }] }, ['services[0]: one of these', 'services[0]: or those']],
    ['none', null, []],
] as [string, unknown, string[]][])
    test(`faults ${name}`, () => assert.deepEqual(faultsOf(fields), want));
