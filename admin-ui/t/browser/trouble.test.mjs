// SPDX-License-Identifier: Apache-2.0
// trouble.test.mjs - what goes wrong: a row changed meanwhile, a refusal, a lost connection. Nothing typed is lost, and
// stored text is only ever text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, field, isAccessible, newPage, open, press, settled, unique, useBrowser } from './browser.mjs';

useBrowser();

test('a row that somebody changed meanwhile is shown beside yours, and nothing is overwritten', async () => {
    const { id } = await call('POST', '/services', { name: unique('shared'), host: 'before', retries: 1 });
    const page = await newPage();
    await open(page, `/services/${id}`);
    await field(page, 'host').fill('mine');
    await field(page, 'path').fill('/mine');
    await call('PATCH', `/services/${id}`, { host: 'theirs', retries: 9 });
    await press(page, 'Save');
    const note = page.getByRole('alert', { name: 'Somebody else saved this meanwhile' });
    await note.waitFor();
    assert.deepEqual(await note.locator('tbody th').allInnerTexts(), ['retries', 'host']);
    assert.deepEqual(await note.locator('tbody tr').nth(1).locator('bdi').allInnerTexts(), ['before', 'theirs', 'mine']);
    assert.equal((await call('GET', `/services/${id}`)).host, 'theirs', 'not overwritten');
    assert.equal(await field(page, 'host').inputValue(), 'mine', 'your edit is kept');
    assert.equal(await field(page, 'retries').inputValue(), '9', 'what you did not touch follows');
    await isAccessible(page, 'a conflict');
    await page.getByRole('button', { name: 'Take theirs: host' }).click();
    assert.equal(await field(page, 'host').inputValue(), 'theirs');
    await field(page, 'host').fill('both');
    await press(page, 'Save');
    await page.getByText('Saved').waitFor();
    await note.waitFor({ state: 'detached' });
    const row = await call('GET', `/services/${id}`);
    assert.deepEqual([row.host, row.path, row.retries], ['both', '/mine', 9]);
    await page.close();
});

test('a deletion of what somebody changed meanwhile does not happen', async () => {
    const { id, username } = await call('POST', '/consumers', { username: unique('gone') });
    const page = await newPage();
    await open(page, `/consumers/${id}`);
    await call('PATCH', `/consumers/${id}`, { custom_id: unique('c') });
    await press(page, 'Delete');
    await page.getByRole('dialog').getByRole('textbox').fill(username);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('Somebody changed this meanwhile.').waitFor();
    assert.equal((await call('GET', `/consumers/${id}`)).id, id);
    await page.close();
});

test('a name that is taken: the server says which', async () => {
    const { name } = await call('POST', '/services', { name: unique('taken'), host: 'h' });
    const page = await newPage();
    await open(page, '/services/new');
    await field(page, 'name').fill(name);
    await field(page, 'host').fill('kept.example');
    await press(page, 'Create');
    await page.getByText('There is such a row already.').waitFor();
    await page.getByText(`UNIQUE violation detected on '{name="${name}"}'`).waitFor();
    assert.equal(await field(page, 'host').inputValue(), 'kept.example');
    await field(page, 'name').fill(unique('free'));
    await press(page, 'Create');
    await page.getByRole('heading', { name: /free/ }).waitFor();
    await page.close();
});

const troubles = [
    ['401', (route) => route.fulfill({ status: 401, body: 'no' }), 'You are not logged in, or not any more.'],
    ['403', (route) => route.fulfill({ status: 403, json: { message: 'Cross-site request refused' } }), 'Cross-site request refused'],
    ['503', (route) => route.fulfill({ status: 503, json: { message: 'Service unavailable' } }), 'The database is away.'],
    ['502 of something between', (route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad</h1>' }), 'The gateway refused this.'],
    ['a lost connection', (route) => route.abort('connectionreset'), 'The gateway does not answer.'],
];
for (const [what, fault, words] of troubles)
    test(`${what} while saving: told, and the form stays`, async () => {
        const { id } = await call('POST', '/services', { name: unique('trouble'), host: 'h' });
        const page = await newPage();
        await open(page, `/services/${id}`);
        await field(page, 'path').fill('/kept');
        const where = (url) => url.pathname === `/services/${id}`;
        await page.route(where, fault);
        await press(page, 'Save');
        await page.getByRole('alert').getByText(words).first().waitFor();
        assert.equal(await field(page, 'path').inputValue(), '/kept');
        await isAccessible(page, what);
        await page.unroute(where);
        await press(page, 'Save');
        await page.getByText('Saved').waitFor();
        assert.equal((await call('GET', `/services/${id}`)).path, '/kept');
        await page.close();
    });

test('a list that cannot be had can be asked for again', async () => {
    const page = await newPage();
    await page.route((url) => url.pathname === '/routes', (route) => route.abort(), { times: 1 });
    await open(page, '/routes');
    await press(page, 'Try again');
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.close();
});

test('leaving a form with edits asks first', async () => {
    const { id } = await call('POST', '/services', { name: unique('leave'), host: 'h' });
    const page = await newPage();
    await open(page, `/services/${id}`);
    await field(page, 'path').fill('/edited');
    await page.getByRole('link', { name: 'Consumers' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await isAccessible(page, 'leaving');
    await press(page, 'Stay');
    assert.equal(await field(page, 'path').inputValue(), '/edited');
    assert.match(page.url(), new RegExp(`#/services/${id}$`));
    await page.getByRole('link', { name: 'Consumers' }).click();
    await press(page, 'Leave');
    await page.getByRole('heading', { name: 'Consumers' }).waitFor();
    await page.close();
});

const hostile = [
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(2)>'],
    ['quotes', `"'\`><b onmouseover='alert(3)'>&amp;&lt;`],
    ['right to left', '\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd'],
    ['very long', 'w'.repeat(1900)],
    ['templates and paths', '{name} ${1} {{x}} ../../%2e%2e/?a=b#c'],
];
for (const [what, text] of hostile)
    test(`stored text: ${what}`, async () => {
        const username = `${text} ${unique('h')}`;
        const consumer = await call('POST', '/consumers', { username, custom_id: `${username}!`, tags: [what] });
        await call('POST', `/consumers/${consumer.id}/acls`, { group: text });
        const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
        const isText = async (where) => {
            assert.equal(await page.locator('main :is(script, img, b, iframe)').count(), 0, where);
            const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            assert.ok(width[0] <= width[1], `${where}: wider than the window`);
        };
        await open(page, `/consumers?tags=${encodeURIComponent(what)}`);
        assert.ok((await page.locator('td.name bdi').allTextContents()).includes(username), 'in the list');
        await isText('the list');
        await page.getByRole('link', { name: username, exact: true }).first().click();
        await page.getByRole('heading', { level: 1 }).waitFor();
        await settled(page);
        assert.equal(await page.locator('h1 bdi').textContent(), username, 'as a title');
        assert.equal(await field(page, 'username').inputValue(), username, 'in a field');
        await isText('the row');
        await isAccessible(page, what);
        await press(page, 'JSON');
        await page.getByText('Copied').waitFor();
        assert.equal(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())).username, username, 'copied');
        await page.getByRole('link', { name: 'Groups' }).click();
        await page.locator('td.name').waitFor();
        assert.equal(await page.locator('td.name bdi').textContent(), text, 'in a list below');
        await isText('a list below');
        await open(page, `/consumers/${consumer.id}`);
        await press(page, 'Delete');
        assert.equal(await page.getByRole('dialog').locator('bdi').textContent(), username, 'in a question');
        await page.getByRole('dialog').getByRole('textbox').fill(username);
        await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
        await page.getByRole('heading', { name: 'Consumers', exact: true }).waitFor();
        await page.close();
    });

test('the keyboard alone: find a service, change it, delete it', async () => {
    const { id, name } = await call('POST', '/services', { name: unique('keys'), host: 'h' });
    const page = await newPage();
    const { keyboard } = page;
    /** Tab until the element with the focus answers; each on the way shows where the focus is. */
    const tabTo = async (words, key = 'Tab') => {
        for (let i = 0; i < 80; i++) {
            await keyboard.press(key);
            const found = await page.evaluate(() => {
                const node = document.activeElement;
                const { outlineStyle, outlineWidth } = getComputedStyle(node);
                return { text: node.getAttribute('aria-label') ?? node.labels?.[0]?.innerText ?? node.innerText ?? '', isSeen: outlineStyle !== 'none' && outlineWidth !== '0px' };
            });
            assert.ok(found.isSeen, `the focus is seen at ${found.text}`);
            if (found.text.trim().startsWith(words)) return;
        }
        assert.fail(`Tab does not lead to ${words}`);
    };
    await open(page, '/routes');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'content', 'the navigation can be skipped');
    await tabTo('Services', 'Shift+Tab');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Services' }).waitFor();
    await page.getByRole('searchbox').first().waitFor();
    await settled(page);
    await tabTo('Find by name');
    await keyboard.type(name);
    await keyboard.press('Enter');
    await page.getByRole('link', { name }).waitFor();
    await settled(page);
    await tabTo(name);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name }).waitFor();
    await settled(page);
    await tabTo('path');
    await keyboard.type('/typed');
    await keyboard.press('Enter');
    await page.getByText('Saved').waitFor();
    assert.equal((await call('GET', `/services/${id}`)).path, '/typed');
    await tabTo('Delete', 'Shift+Tab');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.innerText), 'Delete', 'the focus is back');
    await keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('textbox').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.labels?.[0]?.innerText), `To confirm, type its name: ${name}`);
    await keyboard.type(name);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Services', exact: true }).waitFor();
    await page.close();
});
