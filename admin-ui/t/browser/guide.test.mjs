// SPDX-License-Identifier: Apache-2.0
// guide.test.mjs - the guide to a first service, to its end: the line that it shows is run by a shell and answers 200.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { call, isAccessible, newPage, open, press, settled, unique, useBrowser } from './browser.mjs';

useBrowser();
let upstream, address;

before(async () => {
    upstream = createServer((request, response) => response.end(`hello ${request.url}`));
    await new Promise((done) => upstream.listen(0, '127.0.0.1', done));
    address = `http://127.0.0.1:${upstream.address().port}`;
});
after(() => upstream.close());

/** A shell runs the line as it stands there. */
const run = async (line) => (await promisify(execFile)('sh', ['-c', line])).stdout;
const statusOf = (answer) => Number(/^HTTP\/\S+ (\d+)/.exec(answer)?.[1]);

async function fill(page, name, access) {
    await page.getByLabel('Where is your service?').fill(address);
    await page.getByLabel('What shall it be called?').fill(name);
    if (access) await page.getByLabel(access).check();
}

for (const [access, label, without] of [
    ['open', 'Anybody', 200], ['key', 'Who has a key', 401], ['basic', 'Who has a user name and a password', 401],
    ['jwt', 'Who has a signed token (JWT)', 401],
])
    test(`the line that is shown works: ${access}`, async () => {
        const page = await newPage();
        const name = unique('first');
        await open(page, '/start');
        await fill(page, name, label);
        await press(page, 'Create');
        const line = await page.locator('#curl').innerText();
        const answer = await run(line);
        assert.equal(statusOf(answer), 200, `${line}\n${answer}`);
        assert.match(answer, /hello \//);
        const bare = await run(`curl -i ${line.split(' ').at(-1)}`);
        assert.equal(statusOf(bare), without, 'and without the credential');
        await page.getByText(`is let through to ${address}/`).waitFor();
        if (without === 401) await page.getByText(/is refused with 401: /).waitFor();
        else assert.equal(await page.getByRole('link', { name: 'Open it in a new tab' }).getAttribute('href'), line.split(' ').at(-1));
        await isAccessible(page, 'the line');
        await press(page, 'Explain this request');
        await press(page, 'Explain');
        await page.getByText('It is let through').waitFor();
        await page.close();
    });

test('what is missing or taken is told at its field, and what was typed stays', async () => {
    const page = await newPage();
    const name = unique('taken');
    await call('POST', '/services', { name, url: address });
    await open(page, '/start');
    await press(page, 'Create');
    await page.getByText('This is no http or https URL.').waitFor();
    await fill(page, name);
    await press(page, 'Create');
    await page.getByText('There is such a row already.').waitFor();
    assert.equal(await page.getByLabel('What shall it be called?').inputValue(), name);
    assert.deepEqual((await call('GET', `/services/${name}/routes`)).data, [], 'nothing of it was made');
    await page.getByLabel('What shall it be called?').fill('a b');
    await page.getByLabel('At which path').fill('no-slash');
    await press(page, 'Create');
    await page.getByText(/^invalid value 'a b'/).waitFor();
    await page.getByText(/should start with: \//).first().waitFor();
    await isAccessible(page, 'errors');
    await page.getByLabel('What shall it be called?').fill(unique('free'));
    await page.getByLabel('At which path').fill(`/${unique('free')}`);
    await press(page, 'Create');
    await page.locator('#curl').waitFor();
    await page.close();
});

test('by keyboard alone, from the overview on', async () => {
    const page = await newPage();
    await open(page, '/');
    const next = async (name) => {
        for (let i = 0; i < 60; i++) {
            await page.keyboard.press('Tab');
            const has = await page.evaluate(() => document.activeElement?.textContent || document.activeElement?.labels?.[0]?.textContent || '');
            if (has.includes(name)) return;
        }
        assert.fail(`no way to ${name}`);
    };
    await next('Get started');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Protect a first service' }).waitFor();
    await next('Where is your service?');
    await page.keyboard.type(address);
    await next('What shall it be called?');
    const name = unique('keys');
    await page.keyboard.press('Control+a');
    await page.keyboard.type(name);
    await next('Who has a key');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.locator('#curl').waitFor();
    assert.equal(statusOf(await run(await page.locator('#curl').innerText())), 200);
    await next('See the service');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name }).waitFor();
    await page.close();
});

test('text that looks like markup is text', async () => {
    const page = await newPage();
    await open(page, '/start');
    await fill(page, `<script>alert(1)</script>`);
    await press(page, 'Create');
    await page.getByText(/^invalid value '<script>/).waitFor();
    await settled(page);
    await page.close();
});
