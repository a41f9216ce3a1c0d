// SPDX-License-Identifier: Apache-2.0
// outage.test.mjs - a gateway that really goes away under a form, rows that go away, and answers that make no sense.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, field, fieldError, newPage, open, press, unique, useBrowser } from './browser.mjs';
import { startGateway } from './gateway.mjs';

useBrowser();
let gateway;
before(async () => {
    gateway = await startGateway();
});
after(() => gateway?.remove());

const newService = () => call('POST', '/services', { name: unique('service'), host: 'h.example', path: '/before' });

const nonsense = [
    ['200 that is cut off', { status: 200, contentType: 'application/json', body: '{"id":' }, 'The gateway does not answer.'],
    ['412 that is no row', { status: 412, json: { message: 'Precondition failed' } }, 'Somebody changed this meanwhile.'],
    ['412 of something between', { status: 412, contentType: 'text/html', body: '<p>no</p>' }, 'Somebody changed this meanwhile.'],
    ['400 with an empty body', { status: 400, body: '' }, 'The gateway refused this.'],
];
for (const [what, answer, words] of nonsense)
    test(`${what}: told, and the form stays as it was`, async () => {
        const service = await newService();
        const page = await newPage();
        await open(page, `/services/${service.id}`);
        await field(page, 'host').fill('edited.example');
        await page.route((url) => url.pathname.startsWith('/services/'), (route) => route.fulfill(answer), { times: 1 });
        await press(page, 'Save');
        await page.getByRole('alert').getByText(words).waitFor();
        assert.equal(await field(page, 'host').inputValue(), 'edited.example');
        assert.equal(await field(page, 'name').inputValue(), service.name);
        await press(page, 'Save');
        await page.getByText('Saved').waitFor();
        assert.equal(await page.getByRole('alert').count(), 0, 'the note is gone');
        await page.close();
    });

test('409: the field that is taken says so', async () => {
    const taken = await newService();
    const page = await newPage();
    await open(page, '/services/new');
    await field(page, 'name').fill(taken.name);
    await field(page, 'host').fill('mine.example');
    await press(page, 'Create');
    await page.getByText('There is such a row already.').waitFor();
    assert.equal(await fieldError(page, 'name').innerText(), 'taken by another row');
    await page.close();
});

test('412 twice: changed again while one looks at the conflict', async () => {
    const service = await newService();
    const page = await newPage();
    await open(page, `/services/${service.id}`);
    await field(page, 'host').fill('yours.example');
    for (const theirs of ['first.example', 'second.example']) {
        await call('PATCH', `/services/${service.id}`, { host: theirs });
        await press(page, 'Save');
        await page.getByRole('alert').getByRole('cell', { name: theirs }).last().waitFor();
    }
    await press(page, 'Save');
    await page.getByText('Saved').waitFor();
    assert.equal((await call('GET', `/services/${service.id}`)).host, 'yours.example');
    await page.close();
});

test('deleted meanwhile: told, and the edit can still be read', async () => {
    const service = await newService();
    const page = await newPage();
    await open(page, `/services/${service.id}`);
    await field(page, 'host').fill('yours.example');
    await call('DELETE', `/services/${service.id}`);
    await press(page, 'Save');
    await page.getByRole('alert').getByText('This does not exist, or not any more.').waitFor();
    assert.equal(await field(page, 'host').inputValue(), 'yours.example');
    assert.equal(await field(page, 'name').inputValue(), service.name);
    await page.close();
});

// the last one
test('the gateway stops and comes back: the edit is kept and saved', async () => {
    const service = await newService();
    const page = await newPage();
    await open(page, `/services/${service.id}`);
    await field(page, 'host').fill('edited.example');
    gateway.stop();
    await press(page, 'Save');
    await page.getByText('The gateway does not answer. What you typed is kept.').waitFor();
    assert.equal(await field(page, 'host').inputValue(), 'edited.example');
    gateway.start();
    await press(page, 'Save');
    await page.getByText('Saved').waitFor();
    assert.equal((await call('GET', `/services/${service.id}`)).host, 'edited.example');
    gateway.stop();
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Routes' }).click();
    await page.getByText('The gateway does not answer.').waitFor();
    gateway.start();
    await press(page, 'Try again');
    await page.getByRole('navigation', { name: 'Screens' }).waitFor();
    await page.getByText('None yet.').waitFor();
    await page.close();
});
