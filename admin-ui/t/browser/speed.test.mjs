// SPDX-License-Identifier: Apache-2.0
// speed.test.mjs - 10,000 routes and 100,000 consumers, and a form of 50 fields: the page asks for pages, draws little, and
// no task of its keeps the browser long. Times are Chromium's own trace, told on stderr; what is asserted is counted, or
// CPU time with room to spare.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { admin, call, field, fieldError, newPage, open, press, settled, state, useBrowser } from './browser.mjs';
import { buildModule, docs, makeFolder, startGateway } from './gateway.mjs';

const ROUTES = 10_000, CONSUMERS = 100_000, FIELDS = 50;
const MOST_NODES = 6000; // of a screen, however many rows there are
const MOST_BYTES = 300_000; // of one answer
const MOST_CPU_MS = 250; // of one task: five times what people notice, on a busy machine under a trace

useBrowser();
let gateway, service;

/** The module of docs/write-a-plugin.md, as it stands there, and one with as many fields as nobody has. */
const [guard] = docs('write-a-plugin.md').match(/(?<=^```c\n).*?^(?=```$)/ms);
const wide = guard
    .replaceAll('header-guard', 'wide').replaceAll(/\bguard_module\b/g, 'wide_module').replaceAll('APLOG_USE_MODULE(guard)', 'APLOG_USE_MODULE(wide)')
    .replace('.help = "what it may say" },', `$&${Array.from({ length: FIELDS - 3 }, (_, i) => `
    { .name = "field_${i}", .type = GW_T_STRING, .dflt = "preset ${i}", .at = GW_AT(guard_conf, more[${i}]), .help = "help of field ${i}" },`).join('')}`)
    .replace('apr_int64_t status;', `$&\n    const char *more[${FIELDS - 3}];`);

before(async () => {
    const folder = makeFolder();
    const load = (name, source) => `LoadModule ${name}_module ${buildModule(folder, `mod_gw_${name}`, source)}\n`;
    gateway = await startGateway({ folder, extra: load('guard', guard) + load('wide', wide) });
    service = await call('POST', '/services', { name: 'many', host: 'h.example' });
    execFileSync('sqlite3', ['-cmd', '.timeout 30000', gateway.database], {
        input: `BEGIN;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROUTES})
            INSERT INTO routes (id, created_at, updated_at, name, protocols, paths, https_redirect_status_code, regex_priority, strip_path,
                path_handling, preserve_host, request_buffering, response_buffering, service_id)
            SELECT printf('%08x-0000-4000-8000-000000000000', i), 1, 1, 'route-' || i, '["http","https"]', '["/bulk/' || i || '"]', 426, 0, 1,
                'v0', 0, 1, 1, '${service.id}' FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${CONSUMERS})
            INSERT INTO consumers (id, created_at, updated_at, username)
            SELECT printf('%08x-0000-4000-9000-000000000000', i), 1, 1, 'consumer-' || i FROM n;
            COMMIT;`,
    });
});
after(() => gateway?.remove());

/** What the page asks for meanwhile: lists in pages, nothing large. */
function watch(page) {
    const asked = [];
    page.on('response', (response) => {
        const url = new URL(response.url());
        if (!url.pathname.startsWith('/ui/')) asked.push({ path: url.pathname, size: url.searchParams.get('size'), response });
    });
    return async () => {
        const now = asked.splice(0);
        for (const { path, size, response } of now) {
            const isList = Array.isArray((await response.json().catch(() => null))?.data) && !/\/(endpoints|schemas)/.test(path);
            if (isList) assert.ok(Number(size) > 0 && Number(size) <= 100, `${path} asks for a page: size=${size}`);
            assert.ok((await response.body()).length < MOST_BYTES, `${path}: ${(await response.body()).length} bytes`);
        }
        return now.map(({ path }) => path);
    };
}

/** The longest task of the page's main thread while act() goes on, by the clock and in CPU time. */
async function longestTask(page, what, act) {
    await state.browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'blink.user_timing'] });
    await act();
    const { traceEvents } = JSON.parse((await state.browser.stopTracing()).toString());
    const main = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid}/${tid}`));
    const tasks = traceEvents.filter(({ name, ph, pid, tid }) => ph === 'X' && /(^|::)RunTask$/.test(name) && main.has(`${pid}/${tid}`));
    assert.ok(tasks.length > 0, 'the trace has tasks');
    const longest = (of) => Math.max(...tasks.map((task) => task[of] ?? 0)) / 1000;
    process.stderr.write(`# ${what}: longest task ${longest('dur').toFixed(1)} ms, ${longest('tdur').toFixed(1)} ms of CPU (${tasks.length} tasks)\n`);
    assert.ok(longest('tdur') < MOST_CPU_MS, `${what}: ${longest('tdur')} ms of CPU in one task`);
}

const nodes = (page) => page.evaluate(() => document.querySelectorAll('*').length);

const screens = [
    ['the first screen', () => '/'],
    ['the routes', () => '/routes'],
    ['the consumers', () => '/consumers'],
    ['the routes of a service', () => `/services/${service.id}/routes`],
    ['found consumers', () => '/consumers?q=consumer-99999'],
    ['what explains a request', () => '/explain'],
    ['the changes', () => '/changes'],
];

for (const [what, path] of screens)
    test(`${what}, with ${ROUTES} routes and ${CONSUMERS} consumers`, async () => {
        const page = await newPage();
        await page.goto(`${admin()}/ui/icon.svg`); // the browser's own start is not the page's
        const asked = watch(page);
        await longestTask(page, what, () => open(page, path()));
        await page.locator('main h1').first().waitFor();
        assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0, 'it stands'); // it may say that children catch up
        const calls = await asked();
        assert.ok(calls.length > 0 && calls.length <= 40, `${calls.length} calls: ${calls}`);
        assert.ok((await nodes(page)) < MOST_NODES, `${await nodes(page)} nodes`);
        await page.close();
    });

test('a page is turned by one call', async () => {
    const page = await newPage();
    const asked = watch(page);
    await open(page, '/consumers');
    await asked();
    const first = await page.locator('td.name').first().innerText();
    await longestTask(page, 'turning a page', async () => {
        await press(page, 'Next');
        await page.locator('td.name').first().filter({ hasNotText: first }).waitFor();
    });
    assert.deepEqual(await asked(), ['/consumers']);
    assert.ok((await nodes(page)) < MOST_NODES);
    await page.close();
});

test('one of 100,000 is found by its name', async () => {
    const page = await newPage();
    const asked = watch(page);
    await open(page, '/consumers');
    await asked();
    await page.getByRole('main').getByRole('searchbox').first().fill('consumer-77777');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'consumer-77777' }).waitFor();
    assert.deepEqual(await asked(), ['/search']);
    await page.close();
});

test('a service with 10,000 routes: how much hangs on it is told without counting to the end', async () => {
    const page = await newPage();
    const asked = watch(page);
    await open(page, `/services/${service.id}`);
    await press(page, 'Delete');
    await page.getByRole('dialog').getByText('100+').waitFor();
    await asked();
    await page.close();
});

test("the documentation's own plugin: its form is there, checked by its bounds, and makes a row", async () => {
    const page = await newPage();
    await open(page, '/plugins/new');
    await page.getByRole('link', { name: 'header-guard' }).click();
    await page.getByText('the header that is looked at').waitFor();
    assert.equal(await field(page, 'config.status').getAttribute('placeholder'), '403');
    await field(page, 'config.header').fill('X-Team');
    await press(page, 'Add values');
    await page.keyboard.type('red');
    await field(page, 'config.status').fill('200');
    await press(page, 'Create');
    await fieldError(page, 'config.status').getByText('value should be between 400 and 599').waitFor();
    await field(page, 'config.status').fill('418');
    await press(page, 'Create');
    await page.getByRole('heading', { name: 'header-guard' }).waitFor();
    const { data } = await call('GET', '/plugins');
    assert.deepEqual(data.find(({ name }) => name === 'header-guard').config, { header: 'X-Team', values: ['red'], status: 418 });
    await page.close();
});

test(`typing in a form of ${FIELDS} fields asks nothing and draws nothing but its field`, async () => {
    const page = await newPage();
    const asked = watch(page);
    await open(page, '/plugins/new?name=wide');
    assert.ok((await page.locator('form.entity .field').count()) >= FIELDS);
    await field(page, 'config.field_20').fill('a'); // the first edit wakes the buttons
    await asked();
    await page.evaluate(() => {
        window.touched = new Set();
        new MutationObserver((all) => all.forEach(({ target }) => window.touched.add(target.closest?.('.field')?.querySelector('[id]')?.id ?? 'elsewhere')))
            .observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    await longestTask(page, `typing in a form of ${FIELDS} fields`, () => field(page, 'config.field_20').pressSequentially('bcdefghijklmnop'));
    const touched = await page.evaluate(() => [...window.touched]);
    assert.ok(touched.length <= 1, `touched: ${touched}`);
    assert.deepEqual(await asked(), []);
    await settled(page);
    await page.close();
});
