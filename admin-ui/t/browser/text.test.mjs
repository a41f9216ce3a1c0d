// SPDX-License-Identifier: Apache-2.0
// text.test.mjs - what somebody stored is text on the screens that show rows of all kinds, too, in a narrow window as well.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { call, newPage, open, press, settled, unique, useBrowser } from './browser.mjs';

useBrowser();

const markup = '<script>alert(1)</script><img src=x onerror=alert(2)><b>"\'&lt;</b>';
const rtl = '\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627';
const made = {};
before(async () => {
    made.name = `${unique('text')} ${markup} ${rtl} ${'w'.repeat(150)}`;
    made.consumer = await call('POST', '/consumers', { username: made.name });
    await call('PATCH', `/consumers/${made.consumer.id}`, { custom_id: `${made.name}!` });
    made.path = `/${unique('text')}`;
    const { id } = await call('POST', '/services', { name: unique('text'), host: 'h.example' });
    await call('POST', `/services/${id}/routes`, { name: unique('text'), paths: [made.path] });
    await call('POST', `/services/${id}/plugins`, { name: 'request-termination', config: { status_code: 403, message: markup } });
});

for (const width of [1280, 400]) {
    const newNarrow = () => newPage({ viewport: { width, height: 800 } });
    const isText = async (page, where) => {
        assert.equal(await page.locator('body :is(script, img, b, iframe):not(.small b)').count(), 0, `${where}: markup`);
        const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= window, `${where}: ${wide} wide in ${window}`);
    };

    test(`changes, ${width} wide: in the line, before and after`, async () => {
        const page = await newNarrow();
        await open(page, `/changes?id=${made.consumer.id}`);
        const entry = page.locator('.changes details').first();
        assert.equal(await entry.locator('.what').textContent(), made.name);
        await isText(page, 'closed');
        await entry.locator('summary').click();
        await entry.locator('ins').first().waitFor();
        assert.ok((await entry.locator('ins').allTextContents()).some((text) => text.includes(`${made.name}!`)));
        await isText(page, 'open');
        await page.close();
    });

    test(`search, ${width} wide: in the list that is found, as the title it leads to`, async () => {
        const page = await newNarrow();
        await open(page, '/services');
        await page.keyboard.press('Control+k');
        await page.getByRole('dialog').getByRole('combobox').fill(made.name.slice(0, 40));
        const hit = page.getByRole('option').first();
        await hit.waitFor();
        assert.equal(await hit.locator('bdi').textContent(), made.name);
        await isText(page, 'found');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForFunction((name) => document.title.startsWith(name), made.name.trim().replace(/\s+/g, ' '));
        await isText(page, 'the row');
        await page.getByRole('link', { name: 'Groups' }).click();
        await page.getByText('None yet.').waitFor();
        await page.locator('.crumbs bdi, h1 bdi').filter({ hasText: made.name.slice(0, 20) }).first().waitFor();
        await isText(page, 'the way to it');
        await page.close();
    });

    test(`explain, ${width} wide: what a plugin would answer`, async () => {
        const page = await newNarrow();
        await open(page, '/explain');
        await page.locator('main form input').first().fill(`${made.path}/${markup}`);
        await press(page, 'Explain');
        await page.locator('#outcome').waitFor();
        await settled(page);
        await isText(page, 'explained');
        await page.close();
    });
}

test('lists are headed by the field that rows go by', async () => {
    const page = await newPage();
    for (const [path, word] of [['/services', 'name'], ['/consumers', 'username'], ['/routes', 'name']]) {
        await open(page, path);
        assert.equal(await page.locator('thead th').first().innerText(), word);
    }
    await page.close();
});
