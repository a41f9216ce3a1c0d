// SPDX-License-Identifier: Apache-2.0
// screens.test.mjs - the screens beside those of rows: there and accessible in both themes and languages; what they do.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { call, isAccessible, newPage, open, press, settled, unique, useBrowser } from './browser.mjs';

useBrowser();
const made = {};
const WILD = '<script>alert(1)</script>"\'\u202e&amp;';

before(async () => {
    made.name = unique('books');
    made.service = await call('POST', '/services', { name: made.name, url: 'http://127.0.0.1:1/u' });
    made.route = await call('POST', `/services/${made.name}/routes`, { name: made.name, paths: [`/${made.name}`], path_handling: 'v1' });
    await call('POST', `/services/${made.name}/routes`, { name: `${made.name}-post`, paths: [`/${made.name}`], methods: ['POST'] });
    made.plugin = await call('POST', `/services/${made.name}/plugins`, { name: 'key-auth' });
    await call('POST', `/services/${made.name}/plugins`, { name: 'request-size-limiting' });
    made.alice = await call('POST', '/consumers', { username: unique('alice') });
    made.wild = await call('POST', '/consumers', { username: `${WILD}${unique('')}`, custom_id: 'x'.repeat(1500) + unique('') });
    await call('PATCH', `/consumers/${made.wild.id}`, { tags: ['<script>"\u202e'] });
    made.secret = unique('sesame');
    made.key = await call('POST', `/consumers/${made.alice.id}/key-auth`, { key: made.secret });
    await call('PATCH', `/services/${made.name}`, { retries: 7 });
    made.site = unique('site');
    await call('POST', '/services', { name: made.site, url: 'http://127.0.0.1:1/u' });
    await call('POST', `/services/${made.site}/routes`, { name: made.site, paths: [`/${made.site}`] });
    await call('POST', `/services/${made.site}/plugins`, { name: 'session', config: { storage: 'kong', cookie_secure: false } });
    await call('POST', `/services/${made.site}/plugins`, { name: 'key-auth' });
    await logIn();
});

/** A session of alice's, whatever the upstream says. */
const logIn = () => fetch(`http://127.0.0.1:${process.env.GW_PORT}/${made.site}`, { headers: { apikey: made.secret } });

const screens = () => [
    ['overview', '/', 'Children', '子进程'],
    ['guide', '/start', 'Who may call it?', '谁可以调用它？'],
    ['explain', '/explain', 'Credential', '凭证'],
    ['changes', '/changes', 'newest first', '最新的在前'],
    ['changes of a row', `/changes?id=${made.service.id}`, 'retries', 'retries'],
    ['declarative', '/declarative', 'Apply a text', '应用文本'],
    ['revocations', '/revocations', 'One token, by its jti', '单个令牌（按 jti）'],
    ['sessions of a consumer', `/consumers/${made.alice.id}/sessions`, 'Logged in', '登录时间'],
    ['revocations of a consumer', `/consumers/${made.alice.id}/revocations`, 'Everything issued until now', '迄今签发的全部内容'],
];

for (const colorScheme of ['light', 'dark'])
    for (const [locale, at] of [['en', 2], ['zh-CN', 3]])
        test(`screens in ${colorScheme}, ${locale}`, async (t) => {
            const page = await newPage({ colorScheme, locale });
            for (const screen of screens())
                await t.test(screen[0], async () => {
                    await open(page, screen[1]);
                    await page.locator('main').getByText(screen[at]).first().waitFor({ state: 'attached' });
                    await isAccessible(page, screen[0]);
                    if (locale === 'zh-CN') assert.match(await page.locator('h1').innerText(), /\p{Script=Han}|alice/u);
                });
            await page.close();
        });

test('a narrow window has no screen that is wider than it', async () => {
    const page = await newPage({ viewport: { width: 360, height: 700 } });
    for (const [what, path] of [...screens(), ['services', '/services'], ['routes', '/routes'], ['consumers', '/consumers']]) {
        await open(page, path);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${what}: ${wide} px too wide`);
        const sideways = await page.locator('.table-frame').evaluateAll((all) => all.filter((it) => it.scrollWidth > it.clientWidth).length);
        assert.equal(sideways, 0, `${what}: no table is read sideways`);
    }
    await page.getByRole('columnheader').first().waitFor({ state: 'attached' });
    assert.ok((await page.getByRole('cell').count()) > 0, 'rows that are cards are still a table');
    await isAccessible(page, 'cards');
    await page.close();
});

// ---- overview ----

test('the overview tells how the gateway is, and keeps the last word when it is away', async () => {
    const page = await newPage();
    await open(page, '/');
    await page.getByText('All is well').waitFor();
    await page.getByText("path_handling 'v1' is stored").first().waitFor();
    await page.getByRole('link', { name: made.name }).first().click();
    await page.getByRole('heading', { name: made.name }).waitFor();
    await open(page, '/');
    await page.context().setOffline(true);
    await page.getByText('The gateway has not answered since').waitFor();
    await page.getByText('All is well').waitFor();
    await page.context().setOffline(false);
    await page.getByText('The gateway has not answered since').waitFor({ state: 'detached' });
    await page.close();
});

for (const [what, change, text] of [
    ['the database away', (status) => { status.database.reachable = false; }, 'The database does not answer.'],
    ['a child behind', (status) => { status.gateway.children[0].generation -= 1; }, 'Children that do not work with the newest configuration: 1 of'],
])
    test(`the overview tells of ${what}`, async () => {
        const page = await newPage();
        await page.route('**/status', async (route) => {
            const response = await route.fetch();
            const status = await response.json();
            status.gateway.children.forEach((child) => { child.generation = status.gateway.generation; });
            change(status);
            await route.fulfill({ response, json: status });
        });
        await open(page, '/');
        await page.getByRole('alert').getByText(text).waitFor();
        await isAccessible(page, what);
        await page.close();
    });

// ---- explain ----

test('why was it refused? Two clicks from anywhere', async () => {
    const page = await newPage();
    await open(page, '/services');
    await page.getByRole('link', { name: 'Explain' }).click();
    await page.getByLabel('URL, path').fill(`/${made.name}/x`);
    await press(page, 'Explain');
    await page.getByText('Refused with 401 by key-auth').waitFor();
    const turns = await page.locator('.turn').allInnerTexts();
    assert.match(turns[0], /key-auth refused it\s+No API key found in request/);
    assert.match(turns[1], /request-size-limiting was not asked any more/);
    await isAccessible(page, 'refused');
    await page.getByLabel('Credential').selectOption('key');
    await page.getByLabel('Key', { exact: true }).fill(made.secret);
    await press(page, 'Explain');
    await page.getByText('It is let through').waitFor();
    await page.getByText(`Asked by ${made.alice.username}.`).waitFor();
    await isAccessible(page, 'let through');
    await page.getByLabel('Method').fill('POST');
    await press(page, 'Explain');
    await page.getByText('Routes that fit, best first').waitFor();
    assert.match(await page.locator('.candidates li').first().innerText(), new RegExp(`${made.name}-post chosen asks for methods POST`));
    await page.getByLabel('URL, path').fill(`/${unique('nowhere')}`);
    await press(page, 'Explain');
    await page.getByText('Refused with 404: no route takes it').waitFor();
    await page.getByLabel('URL, path').fill('no path');
    await press(page, 'Explain');
    await page.getByText(/url: must be a path/).waitFor();
    await page.close();
});

test('a curl line that is pasted fills in everything', async () => {
    const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    await open(page, '/explain');
    await page.evaluate((line) => navigator.clipboard.writeText(line), `curl -X PUT \\\n  -H 'apikey: ${made.secret}' -d a=1 http://localhost/${made.name}`);
    await page.getByLabel('URL, path').focus();
    await page.keyboard.press('Control+v');
    assert.equal(await page.getByLabel('URL, path').inputValue(), `http://localhost/${made.name}`);
    assert.equal(await page.getByLabel('Method').inputValue(), 'PUT');
    assert.match(await page.getByLabel('Headers, one a line').inputValue(), new RegExp(`^apikey: ${made.secret}\nContent-Type: `));
    assert.equal(await page.getByLabel('Body').inputValue(), 'a=1');
    await page.keyboard.press('Enter');
    await page.getByText(`Asked by ${made.alice.username}.`).waitFor();
    await press(page, 'Copy as curl');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -i -X PUT -H 'apikey: /);
    await page.close();
});

// ---- changes ----

test('changes open into what they changed', async () => {
    const page = await newPage();
    await open(page, `/changes?id=${made.service.id}`);
    const entries = page.locator('.changes > li');
    assert.equal(await entries.count(), 2);
    await entries.first().locator('summary').click();
    const row = entries.first().locator('tbody tr').filter({ hasText: 'retries' });
    assert.deepEqual(await row.locator('td').allInnerTexts(), ['retries', '5', '7']);
    await isAccessible(page, 'a change');
    await open(page, `/changes?id=${made.wild.id}`);
    await page.locator('summary').first().click();
    assert.match(await page.locator('.changes').innerText(), /<script>alert/);
    await isAccessible(page, 'a wild change');
    await page.close();
});

test('changes go on page by page, and of one kind', async () => {
    for (let i = 0; i < 51; i++) await call('POST', '/consumers', { username: unique('audited') });
    const page = await newPage();
    await open(page, '/changes');
    await page.getByLabel('Kind').selectOption('consumers');
    await page.waitForURL(/entity=consumers/);
    await settled(page);
    const first = await page.locator('.what').first().innerText();
    assert.equal(await page.locator('.changes > li').count(), 50);
    await press(page, 'Older');
    await page.waitForURL(/offset=/);
    await page.locator('.what').filter({ hasText: first }).waitFor({ state: 'detached' });
    await press(page, 'Newest');
    await page.locator('.what').filter({ hasText: first }).waitFor();
    await page.close();
});

// ---- declarative ----

test('a text: difference first, then applied; what was edited since is compared anew', async () => {
    const page = await newPage();
    const name = unique('declared');
    await open(page, '/declarative');
    const text = page.getByLabel('YAML or JSON');
    await text.fill(`_format_version: "3.0"\nservices:\n- name: ${name}\n  url: http://h/\n- name: ${made.name}\n  url: http://h/\n`);
    await press(page, 'Show the difference');
    const rows = page.locator('#difference tbody tr');
    await rows.filter({ hasText: name }).getByText('create', { exact: true }).waitFor();
    await rows.filter({ hasText: made.name }).getByText('change', { exact: true }).first().waitFor();
    await rows.filter({ hasText: made.alice.username }).getByText('keep').waitFor();
    await isAccessible(page, 'the difference');
    await page.getByLabel('Delete what the text does not hold').check();
    await rows.filter({ hasText: made.alice.username }).getByText('delete', { exact: true }).waitFor();
    await page.getByLabel('Delete what the text does not hold').uncheck();
    await text.fill(`_format_version: "3.0"\nservices:\n- name: ${name}\n  url: http://h/\n`);
    await page.getByText('The text was edited since.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Apply' }).isDisabled());
    await press(page, 'Show the difference');
    await page.getByText('The text was edited since.').waitFor({ state: 'detached' });
    await press(page, 'Apply');
    const dialog = page.getByRole('dialog', { name: 'Apply this text?' });
    await isAccessible(page, 'asking');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await press(page, 'Apply');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Applied. Created: 1, changed: 0, deleted: 0.').waitFor();
    assert.equal((await call('GET', `/services/${name}`)).host, 'h');
    assert.equal((await call('GET', `/services/${made.name}`)).retries, 7, 'nothing else was touched');
    await page.close();
});

test('a text that is wrong is told where, and stays', async () => {
    const page = await newPage();
    await open(page, '/declarative');
    const text = page.getByLabel('YAML or JSON');
    await text.fill('services:\n- name: x\n  port: many\n');
    await press(page, 'Show the difference');
    await page.getByText(/services\[0\]\.port: expected an integer/).waitFor();
    await text.fill('services: [');
    await press(page, 'Show the difference');
    await page.getByText(/line \d+/).first().waitFor();
    assert.equal(await text.inputValue(), 'services: [');
    await isAccessible(page, 'faults');
    await page.close();
});

test('the export comes into the editor, into a file, and is no change to what there is', async () => {
    const page = await newPage();
    await open(page, '/declarative');
    await press(page, 'Put into the editor');
    await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('_format_version'));
    await press(page, 'Show the difference');
    await page.getByText('Nothing is to be done').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Apply' }).isDisabled());
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download gateway.yml' }).click()]);
    assert.equal(download.suggestedFilename(), 'gateway.yml');
    await page.locator('input[type=file]').setInputFiles({ name: 'x.yml', mimeType: 'text/yaml', buffer: Buffer.from('a: 1\n') });
    await page.waitForFunction(() => document.querySelector('textarea')?.value === 'a: 1\n');
    await page.close();
});

// ---- search ----

test('search: by shortcut, by arrows, to the row', async () => {
    const page = await newPage();
    await open(page, '/explain');
    await page.locator('h1').click();
    const box = page.getByRole('combobox', { name: 'Id, name, host' });
    await page.keyboard.press('/');
    await box.waitFor();
    await page.keyboard.type(made.name);
    await page.locator('dialog [role=option]').nth(2).waitFor();
    await isAccessible(page, 'found');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const chosen = await page.locator('[aria-selected=true]').innerText();
    await page.keyboard.press('Enter');
    await box.waitFor({ state: 'detached' });
    await settled(page);
    assert.ok(chosen.includes(await page.locator('h1 bdi').innerText()), chosen);
    await page.keyboard.press('Control+k');
    await box.waitFor();
    await page.keyboard.type(made.key.id);
    await page.locator('dialog [role=option]').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/consumers/${made.alice.id}/key-auth/${made.key.id}`));
    await page.getByLabel('URL, path').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await box.waitFor();
    await page.keyboard.type(unique('no-such'));
    await page.getByText('Nothing was found.').waitFor();
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'detached' });
    await page.close();
});

test('a slash in a field is a slash', async () => {
    const page = await newPage();
    await open(page, '/explain');
    await page.getByLabel('URL, path').focus();
    await page.keyboard.type('/a/b');
    assert.equal(await page.getByLabel('URL, path').inputValue(), '/a/b');
    assert.equal(await page.getByRole('combobox', { name: 'Id, name, host' }).count(), 0);
    await page.close();
});

// ---- sessions and revocations ----

test("a consumer's sessions are listed, and ended one by one or all at once", async () => {
    const list = async () => (await call('GET', `/consumers/${made.alice.id}/sessions`)).data;
    await logIn();
    const before = await list();
    assert.ok(before.length >= 2);
    const page = await newPage();
    await open(page, `/consumers/${made.alice.id}`);
    await page.getByRole('link', { name: 'Sessions' }).click();
    const ends = page.getByRole('button', { name: /^End the session of/ });
    await ends.nth(before.length - 1).waitFor();
    await page.getByText('stand in their cookies alone').waitFor();
    await ends.first().click();
    await ends.nth(before.length - 1).waitFor({ state: 'detached' });
    assert.equal((await list()).length, before.length - 1, 'one is ended');
    await press(page, 'End all');
    await isAccessible(page, 'end all');
    await page.getByRole('dialog').getByRole('button', { name: 'End all' }).click();
    await page.getByText('refused', { exact: true }).first().waitFor();
    assert.equal(await ends.count(), 0, 'nothing is left to end');
    await isAccessible(page, 'refused');
    const [row] = (await call('GET', `/consumers/${made.alice.id}/revocations`)).data;
    assert.ok(Math.abs(row.issued_before - Date.now() / 1000) < 60, 'by a revocation');
    await call('DELETE', `/revocations/${row.id}`);
    await page.close();
});


test('one session, by its address, can be seen and ended and nothing else', async () => {
    await logIn();
    const list = `/consumers/${made.alice.id}/sessions`;
    const [row] = (await call('GET', list)).data;
    const page = await newPage();
    await open(page, `${list}/${row.id}`);
    const end = page.getByRole('button', { name: /^End the session of/ });
    await end.waitFor();
    assert.equal(await page.locator('main :is(input, select, textarea)').count(), 0, 'there is no form');
    await isAccessible(page, 'a session');
    await end.click();
    await page.waitForURL((url) => url.hash === `#${list}`);
    assert.ok(!(await call('GET', list)).data.some(({ id }) => id === row.id), 'it is ended');
    await open(page, `${list}/${row.id}`);
    await page.getByRole('alert').waitFor();
    await page.close();
});

test("a consumer's sessions and tokens are ended, and given back", async () => {
    const page = await newPage();
    await open(page, `/consumers/${made.alice.id}/revocations`);
    await press(page, 'Revoke');
    await page.getByText(/issued before/).first().waitFor();
    const [row] = (await call('GET', `/consumers/${made.alice.id}/revocations`)).data;
    assert.ok(Math.abs(row.issued_before - Date.now() / 1000) < 60, 'until now');
    await page.getByLabel('What is refused').selectOption('all');
    await page.getByLabel('For how many hours').fill('0');
    await press(page, 'Revoke');
    await page.getByText('must lie in the future').first().waitFor();
    await isAccessible(page, 'a time that is over');
    await page.getByLabel('For how many hours').fill('2');
    await press(page, 'Revoke');
    await page.getByText('everything', { exact: true }).waitFor();
    for (let left = 2; left > 0; left--) {
        await page.getByRole('button', { name: 'Take back' }).first().click();
        await page.getByRole('button', { name: 'Take back' }).nth(left - 1).waitFor({ state: 'detached' });
    }
    assert.deepEqual((await call('GET', `/consumers/${made.alice.id}/revocations`)).data, []);
    await page.close();
});

test('one token, one session, of whoever', async () => {
    const page = await newPage();
    const jti = unique('jti');
    await open(page, '/revocations');
    await press(page, 'Revoke');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('One token, by its jti').fill(jti);
    await press(page, 'Revoke');
    await page.getByText(jti).waitFor();
    await page.getByLabel('What is refused').selectOption('session');
    await page.getByLabel('One session, by its id').fill(WILD);
    await press(page, 'Revoke');
    await page.locator('td').getByText('<script>alert(1)').waitFor();
    await isAccessible(page, 'revoked');
    await page.close();
});
