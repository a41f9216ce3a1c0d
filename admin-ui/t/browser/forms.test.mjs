// SPDX-License-Identifier: Apache-2.0
// forms.test.mjs - every type of field, the server's words beside theirs, secrets, and the form of a plugin that nobody
// knew of when this page was made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, field, fieldError, isAccessible, newPage, open, press, unique, useBrowser } from './browser.mjs';

useBrowser();

test('a route: text, words, lists, maps, choices, switches, records in lists, another row', async () => {
    const page = await newPage();
    const service = await call('POST', '/services', { name: unique('target'), host: 'h' });
    const name = unique('typed');
    await open(page, '/routes/new');
    await field(page, 'name').fill(name);
    await page.getByRole('group', { name: /^protocols/ }).getByLabel('http', { exact: true }).uncheck();
    await press(page, 'Add paths');
    await page.keyboard.type('/one');
    await press(page, 'Add paths');
    await page.keyboard.type('/two');
    await press(page, 'Add paths');
    await page.keyboard.type('/three');
    await press(page, 'Remove paths 2');
    await press(page, 'Add headers');
    await page.getByLabel('headers 1: name').fill('x-kind');
    await press(page, 'Add headers 1: value');
    await page.keyboard.type('a');
    await field(page, 'https_redirect_status_code').selectOption('308');
    await field(page, 'regex_priority').fill('-7');
    await field(page, 'strip_path').uncheck();
    await field(page, 'service').fill(service.name);
    await isAccessible(page, 'a filled form');
    await press(page, 'Create');
    await page.getByRole('heading', { name }).waitFor();
    const row = await call('GET', `/routes/${name}`);
    assert.deepEqual(
        [row.protocols, row.paths, row.headers, row.https_redirect_status_code, row.regex_priority, row.strip_path, row.service],
        [['https'], ['/one', '/three'], { 'x-kind': ['a'] }, 308, -7, false, { id: service.id }],
    );
    assert.equal(row.preserve_host, false, 'what was left alone has its default');
    await page.close();
});

test('an upstream: records in records, fractions, lists of numbers; a PATCH changes what was edited alone', async () => {
    const page = await newPage();
    const upstream = await call('POST', '/upstreams', { name: `${unique('up')}.example`, tags: ['keep'] });
    await open(page, `/upstreams/${upstream.id}`);
    await field(page, 'healthchecks.active.timeout').fill('0.5');
    await field(page, 'healthchecks.passive.unhealthy.tcp_failures').fill('3');
    await field(page, 'slots').fill('100');
    const sent = page.waitForRequest((request) => request.method() === 'PATCH');
    await press(page, 'Save');
    assert.deepEqual((await sent).postDataJSON(), {
        slots: 100,
        healthchecks: { active: { timeout: 0.5 }, passive: { unhealthy: { tcp_failures: 3 } } },
    });
    await page.getByText('Saved').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'nothing left to save');
    const row = await call('GET', `/upstreams/${upstream.id}`);
    assert.deepEqual([row.slots, row.healthchecks.active.timeout, row.tags], [100, 0.5, ['keep']]);
    await page.close();
});

test("the server's words stand beside their fields, and the keyboard is put there", async () => {
    const page = await newPage();
    await open(page, '/routes/new');
    await field(page, 'name').fill('a b');
    await press(page, 'Add hosts');
    await page.keyboard.type('good.example');
    await press(page, 'Add hosts');
    await page.keyboard.type('a.*.b');
    await field(page, 'regex_priority').fill('many');
    await press(page, 'Create');
    assert.match(await fieldError(page, 'name').innerText(), /^invalid value 'a b'/);
    assert.match(await page.locator('[id="f-hosts-1-error"]').innerText(), /^invalid wildcard/);
    assert.equal(await page.locator('[id="f-hosts-0-error"]').count(), 0);
    assert.equal(await fieldError(page, 'regex_priority').innerText(), 'expected an integer');
    assert.equal(await field(page, 'regex_priority').inputValue(), 'many', 'what was typed is still there');
    assert.equal(await field(page, 'name').evaluate((node) => node === document.activeElement), true);
    assert.equal(await field(page, 'name').getAttribute('aria-describedby'), 'f-name-help f-name-error');
    await isAccessible(page, 'errors');
    await page.close();
});

test('words about no single field stand above the buttons', async () => {
    const page = await newPage();
    await open(page, '/consumers/new');
    await press(page, 'Create');
    await page.getByRole('alert').getByText("at least one of these fields must be non-empty: 'custom_id', 'username'").first().waitFor();
    await page.close();
});

test("words about a plugin's settings stand at the setting", async () => {
    const page = await newPage();
    await open(page, '/plugins/new?name=rate-limiting');
    await field(page, 'config.error_code').fill('200');
    await press(page, 'Create');
    assert.match(await fieldError(page, 'config.error_code').innerText(), /between 400 and 599/);
    await page.close();
});

test('the defaults of the schema are placeholders, and an emptied field goes back to its own', async () => {
    const page = await newPage();
    await open(page, '/services/new');
    assert.equal(await field(page, 'port').getAttribute('placeholder'), '80');
    assert.equal(await field(page, 'port').inputValue(), '');
    const { id } = await call('POST', '/services', { name: unique('port'), host: 'h', port: 8080 });
    await open(page, `/services/${id}`);
    await field(page, 'port').fill('');
    await press(page, 'Save');
    await page.getByText('Saved').waitFor();
    assert.equal(await field(page, 'port').inputValue(), '80');
    await page.close();
});

test('a secret is hidden until it is asked for; several lines go into the same field', async () => {
    const page = await newPage();
    const consumer = await call('POST', '/consumers', { username: unique('pem') });
    const { id } = await call('POST', `/consumers/${consumer.id}/jwt`, { secret: 'open-sesame' });
    await open(page, `/consumers/${consumer.id}/jwt/${id}`);
    const security = () => field(page, 'secret').evaluate((node) => getComputedStyle(node).webkitTextSecurity);
    assert.equal(await security(), 'disc');
    await press(page, 'Show secret');
    assert.equal(await security(), 'none');
    await field(page, 'jwks').fill('{\n  "keys": []\n}');
    await field(page, 'jwks').press('Enter');
    assert.equal(await field(page, 'jwks').inputValue(), '{\n  "keys": []\n}\n', 'Enter is a line there, no sending');
    await page.close();
});

/** A schema with every type that there is, as somebody's plugin might have it. */
const acme = {
    fields: [
        { id: { type: 'string', auto: true, uuid: true } },
        { name: { type: 'string', required: true } },
        {
            config: {
                type: 'record',
                required: true,
                fields: [
                    { word: { type: 'string', default: 'preset', description: 'help of a word' } },
                    { choice: { type: 'string', one_of: ['red', 'green'], required: true, default: 'red' } },
                    { whole: { type: 'integer', between: [1, 9] } },
                    { part: { type: 'number', default: 0.5 } },
                    { must: { type: 'boolean', required: true, default: true } },
                    { maybe: { type: 'boolean' } },
                    { moment: { type: 'integer', timestamp: true } },
                    { secret: { type: 'string', encrypted: true } },
                    { words: { type: 'array', elements: { type: 'string' } } },
                    { numbers: { type: 'set', elements: { type: 'integer' } } },
                    { picks: { type: 'set', elements: { type: 'string', one_of: ['a', 'b', 'c'] } } },
                    { table: { type: 'map', keys: { type: 'string' }, values: { type: 'integer' } } },
                    { rows: { type: 'array', elements: { type: 'record', fields: [{ ip: { type: 'string' } }, { port: { type: 'integer', default: 1 } }] } } },
                    { deep: { type: 'record', fields: [{ deeper: { type: 'record', fields: [{ end: { type: 'string' } }] } }] } },
                    { owner: { type: 'foreign', reference: 'consumers' } },
                    { fixed: { type: 'string', eq: null } },
                ],
            },
        },
    ],
    shorthand_fields: [{ old_name: { type: 'string' } }],
};

test("a third party's plugin: its form is drawn from its schema", async () => {
    const page = await newPage({ timezoneId: 'Asia/Shanghai' });
    await page.route('**/plugins/enabled', (route) => route.fulfill({ json: { enabled_plugins: ['acme'] } }));
    await page.route('**/schemas/plugins/acme', (route) => route.fulfill({ json: acme }));
    let body;
    await page.route((url) => url.pathname === '/plugins', (route) => {
        body = route.request().postDataJSON();
        return route.fulfill({ status: 400, json: { code: 2, name: 'schema violation', message: 'no', fields: { config: { rows: [{ port: 'not this' }], '@entity': ['of the record'] }, stray: 'homeless' } } });
    });
    await open(page, '/plugins/new');
    await page.getByRole('link', { name: 'acme' }).click();
    await field(page, 'config.word').fill('w');
    await field(page, 'config.choice').selectOption('green');
    await field(page, 'config.whole').fill('7');
    await field(page, 'config.part').fill('1.25');
    await field(page, 'config.must').uncheck();
    await field(page, 'config.maybe').selectOption('false');
    await field(page, 'config.moment').fill('2030-01-02T03:04:05');
    await field(page, 'config.secret').fill('s');
    await press(page, 'Add words');
    await page.keyboard.type('x');
    await press(page, 'Add numbers');
    await page.keyboard.type('5');
    await page.getByLabel('b', { exact: true }).check();
    await press(page, 'Add table');
    await page.getByLabel('table 1: name').fill('k');
    await page.getByLabel('table 1: value').fill('3');
    await press(page, 'Add rows');
    await page.keyboard.type('10.0.0.1');
    await field(page, 'config.deep.deeper.end').fill('e');
    await field(page, 'config.owner').fill('00000000-0000-4000-8000-000000000001');
    assert.equal(await field(page, 'config.fixed').count(), 0);
    assert.equal(await page.getByText('old_name').count(), 0);
    await isAccessible(page, 'every type');
    await press(page, 'Create');
    await page.locator('[id="f-config-rows-0-port-error"]').getByText('not this').waitFor();
    await page.getByText('of the record').waitFor();
    await page.getByText('stray: homeless').waitFor();
    assert.deepEqual(body, {
        name: 'acme',
        config: {
            word: 'w', choice: 'green', whole: 7, part: 1.25, must: false, maybe: false, moment: 1893524645, secret: 's',
            words: ['x'], numbers: [5], picks: ['b'], table: { k: 3 }, rows: [{ ip: '10.0.0.1', port: 1 }],
            deep: { deeper: { end: 'e' } }, owner: { id: '00000000-0000-4000-8000-000000000001' },
        },
    });
    await page.close();
});

test('typing in a form of 50 fields redraws one field', async () => {
    const page = await newPage();
    const fields = Array.from({ length: 50 }, (_, i) => ({ [`field_${i}`]: { type: 'string', default: `d${i}` } }));
    await page.route('**/schemas/plugins/wide', (route) => route.fulfill({ json: { fields: [{ config: { type: 'record', fields } }] } }));
    await open(page, '/plugins/new?name=wide');
    await field(page, 'config.field_20').fill('a'); // the first edit wakes the buttons
    await page.evaluate(() => {
        window.touched = new Set();
        new MutationObserver((all) => all.forEach(({ target }) => window.touched.add(target.closest?.('.field')?.querySelector('[id]')?.id ?? 'elsewhere')))
            .observe(document.querySelector('form.entity'), { subtree: true, childList: true, attributes: true, characterData: true });
    });
    await field(page, 'config.field_20').pressSequentially('bcdef');
    const touched = await page.evaluate(() => [...window.touched]);
    assert.ok(touched.length <= 1, `touched: ${touched}`);
    await page.close();
});
