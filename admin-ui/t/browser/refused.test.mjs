// SPDX-License-Identifier: Apache-2.0
// refused.test.mjs - httpd's own Basic authentication before the Admin API, and a Postgres that goes away beneath it: a
// real 401 and a real 503 while a form is saved. What was typed is kept, and saved once that is over.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, field, isAccessible, newPage, open, press, unique, useBrowser } from './browser.mjs';
import { makeFolder, startGateway } from './gateway.mjs';

useBrowser();
const folder = makeFolder();
const users = join(folder, 'users');
const setPassword = (password) => writeFileSync(users, `ada:{SHA}${createHash('sha1').update(password).digest('base64')}\n`);
let gateway;

before(async () => {
    const modules = execFileSync('apxs', ['-q', 'LIBEXECDIR'], { encoding: 'utf8' }).trim();
    const needed = [['auth_basic', 'mod_auth_basic'], ['authn_file', 'mod_authn_file'], ['authz_user', 'mod_authz_user']];
    const load = ([name, file]) => `<IfModule !${file}.c>\nLoadModule ${name}_module ${modules}/${file}.so\n</IfModule>`;
    setPassword('right');
    gateway = await startGateway({
        folder,
        options: ['--postgres'],
        extra: `${needed.map(load).join('\n')}
<Location "/services">
    AuthType Basic
    AuthName "changes"
    AuthUserFile "${users}"
    <Limit PATCH>
        Require valid-user
    </Limit>
</Location>`,
    });
});
after(() => gateway?.remove());

async function edit(path) {
    const { id } = await call('POST', '/services', { name: unique('service'), host: 'h.example' });
    const page = await newPage({ httpCredentials: { username: 'ada', password: 'right' } });
    await open(page, `/services/${id}`);
    await field(page, 'path').fill(path);
    return { page, id };
}

/** What was refused is over; the gateway may need a moment to see it. */
async function saveAtLast(page) {
    const isPatch = (response) => response.request().method() === 'PATCH';
    for (const until = Date.now() + 60000; Date.now() < until; await page.waitForTimeout(500)) {
        const [answer] = await Promise.all([page.waitForResponse(isPatch), press(page, 'Save')]);
        if (answer.ok()) return page.getByRole('alert').waitFor({ state: 'detached' });
    }
    assert.fail('it is not saved');
}

test('401: who is not let in any more keeps what was typed', async () => {
    const { page, id } = await edit('/first');
    await press(page, 'Save');
    await page.getByText('Saved').waitFor();
    await field(page, 'path').fill('/second');
    setPassword('another');
    await press(page, 'Save');
    await page.getByRole('alert').getByText('You are not logged in, or not any more.').waitFor();
    assert.equal(await field(page, 'path').inputValue(), '/second');
    await isAccessible(page, '401');
    assert.equal((await call('GET', `/services/${id}`)).path, '/first');
    setPassword('right');
    await saveAtLast(page);
    assert.equal((await call('GET', `/services/${id}`)).path, '/second');
    await page.close();
});

test('503: while the database is away, what was typed stays', async () => {
    const { page, id } = await edit('/kept');
    gateway.postgres('stop');
    await press(page, 'Save');
    await page.getByRole('alert').getByText('The database is away.').waitFor();
    assert.equal(await field(page, 'path').inputValue(), '/kept');
    await isAccessible(page, '503');
    gateway.postgres('start');
    await saveAtLast(page);
    assert.equal((await call('GET', `/services/${id}`)).path, '/kept');
    await page.close();
});
