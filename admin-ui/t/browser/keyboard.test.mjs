// SPDX-License-Identifier: Apache-2.0
// keyboard.test.mjs - a service, its route and a plugin made and taken away again without a mouse; the focus is always seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, newPage, open, settled, unique, useBrowser } from './browser.mjs';

useBrowser();

/** What a screen reader would say of the element with the focus, and whether one sees that it has it. */
const focused = (page) =>
    page.evaluate(() => {
        const node = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(node);
        const text = node.getAttribute('aria-label') ?? node.labels?.[0]?.innerText ?? node.innerText ?? '';
        return { text: text.trim().replace(/\s+/g, ' '), isSeen: node === document.body || node.id === 'content' || (outlineStyle !== 'none' && outlineWidth !== '0px') };
    });

async function tabTo(page, words, key = 'Tab') {
    for (let i = 0; i < 120; i++) {
        await page.keyboard.press(key);
        const { text, isSeen } = await focused(page);
        assert.ok(isSeen, `the focus is seen at ${text}`);
        if (words.test(text)) return;
    }
    assert.fail(`${key} does not lead to ${words}`);
}

async function follow(page, words, heading) {
    await tabTo(page, words);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    await settled(page);
}

test('a service, a route and a plugin: made, and the service deleted after them, by keys alone', async () => {
    const page = await newPage();
    const { keyboard } = page;
    const name = unique('keys');
    const type = async (label, text) => {
        await tabTo(page, label);
        await keyboard.type(text);
    };
    const remove = async (what, heading) => {
        await tabTo(page, /^Delete$/, 'Shift+Tab');
        await keyboard.press('Enter');
        await page.getByRole('dialog').getByRole('textbox').waitFor();
        await keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        assert.equal((await focused(page)).text, 'Delete', 'the focus is back');
        await keyboard.press('Enter');
        await page.getByRole('dialog').getByRole('textbox').waitFor();
        await keyboard.type(what);
        await keyboard.press('Enter');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        await settled(page);
    };

    await open(page, '/services');
    await follow(page, /^New$/, 'Services: new');
    await type(/^name/, name);
    await type(/^host/, 'h.example');
    await keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await settled(page);
    await tabTo(page, /^Settings$/);
    await follow(page, /^Routes$/, name);
    await follow(page, /^New$/, 'Routes: new');
    await tabTo(page, /^Add paths$/);
    await keyboard.press('Enter');
    await keyboard.type(`/${name}`);
    await keyboard.press('Enter');
    await page.getByRole('navigation', { name: 'Parts' }).waitFor();
    await settled(page);
    const [route] = (await call('GET', `/services/${name}/routes`)).data;
    assert.deepEqual(route.paths, [`/${name}`]);
    await tabTo(page, /^Settings$/);
    await follow(page, /^Plugins$/, /./);
    await follow(page, /^New$/, 'Plugins: new');
    await follow(page, /^key-auth/, 'Plugins: new');
    await tabTo(page, /^Create$/);
    await keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'key-auth' }).waitFor();
    await settled(page);
    const { data } = await call('GET', `/routes/${route.id}/plugins`);
    assert.deepEqual(data.map((plugin) => plugin.name), ['key-auth']);
    await remove('key-auth', /./);
    assert.deepEqual((await call('GET', `/routes/${route.id}/plugins`)).data, []);
    await call('DELETE', `/routes/${route.id}`);
    await open(page, `/services/${(await call('GET', `/services/${name}`)).id}`);
    await remove(name, 'Services');
    await page.close();
});
