// SPDX-License-Identifier: Apache-2.0
// rows.test.mjs - each screen of rows: there, accessible in both themes and languages, and going from one to the next.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { call, field, isAccessible, newPage, open, press, settled, unique, useBrowser } from './browser.mjs';

useBrowser();
const made = {};

before(async () => {
    made.tag = unique('tag');
    made.service = await call('POST', '/services', { name: unique('service'), url: 'http://h:5000/p', tags: [made.tag] });
    made.route = await call('POST', `/services/${made.service.id}/routes`, { name: unique('route'), paths: [`/${unique('p')}`], methods: ['GET'] });
    made.plugin = await call('POST', `/services/${made.service.id}/plugins`, { name: 'key-auth' });
    made.consumer = await call('POST', '/consumers', { username: unique('alice') });
    made.key = await call('POST', `/consumers/${made.consumer.id}/key-auth`, {});
    made.jwt = await call('POST', `/consumers/${made.consumer.id}/jwt`, {});
    made.upstream = await call('POST', '/upstreams', { name: `${unique('up')}.example`, healthchecks: { active: { unhealthy: { interval: 3600, tcp_failures: 1 } } } });
    const pem = execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=ui', '-keyout', '-', '-out', '-'],
        { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    const [key, cert] = [/-----BEGIN PRIVATE[^]*PRIVATE KEY-----/, /-----BEGIN CERT[^]*CERTIFICATE-----/].map((part) => part.exec(pem)[0]);
    made.sni = `${unique('sni')}.example`;
    made.certificate = await call('POST', '/certificates', { cert, key, snis: [made.sni] });
    made.authority = await call('POST', '/ca_certificates', { cert });
    made.target = await call('POST', `/upstreams/${made.upstream.id}/targets`, { target: '127.0.0.1:1' });
});

const screens = () => [
    ['the services', '/services', made.service.name],
    ['services of a tag', `/services?tags=${made.tag}`, made.service.name],
    ['found services', `/services?q=${made.service.name}`, made.service.name],
    ['a service', `/services/${made.service.id}`, made.service.name],
    ['its routes', `/services/${made.service.id}/routes`, made.route.name],
    ['its plugins', `/services/${made.service.id}/plugins`, 'key-auth'],
    ['which plugin?', `/services/${made.service.id}/plugins/new`, 'rate-limiting'],
    ['a new plugin', `/services/${made.service.id}/plugins/new?name=rate-limiting`, 'limit_by'],
    ['a plugin', `/services/${made.service.id}/plugins/${made.plugin.id}`, 'key_names'],
    ['the routes', '/routes', 'paths'],
    ['a new route', '/routes/new', 'strip_path'],
    ['a route', `/routes/${made.route.id}`, made.route.name],
    ['the consumers', '/consumers', 'custom_id'],
    ['a consumer', `/consumers/${made.consumer.id}`, made.consumer.username],
    ['keys of a consumer', `/consumers/${made.consumer.id}/key-auth`, made.key.id],
    ['a key', `/consumers/${made.consumer.id}/key-auth/${made.key.id}`, 'ttl'],
    ['a new JWT credential', `/consumers/${made.consumer.id}/jwt/new`, 'rsa_public_key'],
    ['the plugins', '/plugins', 'key-auth'],
    ['the upstreams', '/upstreams', made.upstream.name],
    ['an upstream', `/upstreams/${made.upstream.id}`, 'healthchecks.active.healthy'],
    ['its targets', `/upstreams/${made.upstream.id}/targets`, '127.0.0.1:1'],
    ['a target', `/upstreams/${made.upstream.id}/targets/${made.target.id}`, 'weight'],
    ['the certificates', '/certificates', made.sni],
    ['a certificate', `/certificates/${made.certificate.id}`, 'cert_alt'],
    ['its names', `/certificates/${made.certificate.id}/snis`, made.sni],
    ['a new certificate', '/certificates/new', 'key_alt'],
    ['the names', '/snis', made.sni],
    ['the authorities', '/ca_certificates', made.authority.cert_digest],
    ['rows of a plugin of its own', '/api_mgr', 'None yet.'],
    ['no such screen', '/nothing', 'There is no such screen.'],
    ['no such row', '/services/00000000-0000-4000-8000-000000000000', 'This does not exist, or not any more.'],
];

for (const colorScheme of ['light', 'dark'])
    test(`screens in ${colorScheme} are there and accessible`, async (t) => {
        const page = await newPage({ colorScheme });
        for (const [what, path, text] of screens())
            await t.test(what, async () => {
                await open(page, path);
                await page.locator('main').getByText(text).first().waitFor();
                await isAccessible(page, what);
            });
        await page.close();
    });

test('Chinese: chosen, kept, and nothing left in English', async () => {
    const page = await newPage();
    await open(page, '/services');
    await page.getByLabel('Language').selectOption('zh-CN');
    await page.getByRole('heading', { name: '服务' }).waitFor();
    await page.reload();
    await settled(page);
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
    await open(page, `/services/${made.service.id}`);
    await page.getByRole('button', { name: '删除' }).waitFor();
    await isAccessible(page, 'Chinese');
    await page.close();
    const chinese = await newPage({ locale: 'zh-CN' });
    await open(chinese, '/routes');
    await chinese.getByRole('heading', { name: '路由' }).waitFor();
    await chinese.close();
});

test('colours follow the system until one is chosen', async () => {
    const page = await newPage({ colorScheme: 'dark' });
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await open(page, '/services');
    const dark = await background();
    await page.getByLabel('Colours').selectOption('light');
    const light = await background();
    assert.notEqual(light, dark);
    await page.reload();
    await settled(page);
    assert.equal(await background(), light, 'kept');
    await page.close();
});

test('lists turn pages on the server, and the address says where one stands', async () => {
    const tag = unique('many');
    for (let i = 0; i < 51; i++) await call('POST', '/consumers', { username: unique('m'), tags: [tag] });
    const page = await newPage();
    await open(page, `/consumers?tags=${tag}`);
    assert.equal(await page.locator('tbody tr').count(), 50);
    await press(page, 'Next');
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    assert.equal(await page.locator('tbody tr').count(), 1);
    assert.match(page.url(), /offset=/);
    await press(page, 'Previous');
    await page.locator('tbody tr').nth(49).waitFor();
    await page.goBack();
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
    await page.close();
});

test('from nothing to a service with a route, a plugin and a key', async () => {
    const page = await newPage();
    const name = unique('built');
    await open(page, '/services');
    await page.getByRole('link', { name: 'New', exact: true }).click();
    await field(page, 'name').fill(name);
    await field(page, 'host').fill('h.example');
    await press(page, 'Create');
    await page.getByRole('heading', { name }).waitFor();
    await page.getByRole('link', { name: 'Routes' }).last().click();
    await page.getByRole('link', { name: 'New', exact: true }).click();
    await press(page, 'Add paths');
    await page.keyboard.type(`/${name}`);
    await press(page, 'Create');
    await page.getByRole('navigation', { name: 'Parts' }).getByRole('link', { name: 'Plugins' }).click();
    await page.getByRole('link', { name: 'New', exact: true }).click();
    await page.getByRole('link', { name: 'key-auth' }).click();
    await press(page, 'Create');
    await page.getByRole('heading', { name: 'key-auth' }).waitFor();
    const service = await call('GET', `/services/${name}`);
    const { data: [route] } = await call('GET', `/services/${name}/routes`);
    const { data: [plugin] } = await call('GET', `/routes/${route.id}/plugins`);
    assert.deepEqual([service.host, route.paths, plugin.name], ['h.example', [`/${name}`], 'key-auth']);
    await page.close();
});

test('a key that was made is shown once, to be kept', async () => {
    const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    await open(page, `/consumers/${made.consumer.id}/key-auth/new`);
    await press(page, 'Create');
    const dialog = page.getByRole('dialog', { name: 'Keep this now' });
    const shown = await dialog.locator('code').innerText();
    await isAccessible(page, 'the key');
    await dialog.getByRole('button', { name: 'Copy key' }).click();
    await page.getByText('Copied').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown);
    const { data } = await call('GET', `/consumers/${made.consumer.id}/key-auth`);
    assert.ok(data.some(({ key }) => key === shown));
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('heading', { name: /Keys/ }).waitFor();
    await page.close();
});

test('a row is copied as a curl line, JSON and YAML', async () => {
    const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    await open(page, `/services/${made.service.id}`);
    const copied = async (kind) => {
        await page.evaluate(() => navigator.clipboard.writeText(''));
        await press(page, kind);
        await page.waitForFunction(() => navigator.clipboard.readText());
        return page.evaluate(() => navigator.clipboard.readText());
    };
    assert.match(await copied('curl'), new RegExp(`^curl -X PUT 'http://[^']*/services/${made.service.id}' `));
    assert.equal(JSON.parse(await copied('JSON')).name, made.service.name);
    assert.match(await copied('YAML'), /^_format_version: "3.0"\nservices:\n/);
    await page.close();
});

test('deleting asks for the name, and tells what goes along or keeps it', async () => {
    const service = await call('POST', '/services', { name: unique('doomed'), host: 'h' });
    const route = await call('POST', `/services/${service.id}/routes`, { name: unique('doomed'), paths: ['/doomed'] });
    await call('POST', `/routes/${route.id}/plugins`, { name: 'key-auth' });
    const page = await newPage();
    await open(page, `/services/${service.id}`);
    await press(page, 'Delete');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It cannot go while these refer to it: 1 × Routes.').waitFor();
    await isAccessible(page, 'deleting');
    assert.ok(await dialog.getByRole('button', { name: 'Delete' }).isDisabled());
    await dialog.getByRole('textbox').fill(service.name);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByText("an existing 'routes' entity references this 'services' entity").waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await open(page, `/routes/${route.id}`);
    await press(page, 'Delete');
    await dialog.getByText('With it go: 1 × Plugins.').waitFor();
    await dialog.getByRole('textbox').fill(route.name);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Routes', exact: true }).waitFor();
    assert.deepEqual((await call('GET', `/services/${service.id}/routes`)).data, []);
    await page.close();
});

test('a target is said to be down, and up again', async () => {
    const page = await newPage();
    await open(page, `/upstreams/${made.upstream.id}/targets`);
    await press(page, 'Mark unhealthy 127.0.0.1:1');
    await press(page, 'Mark healthy 127.0.0.1:1');
    await page.getByRole('button', { name: 'Mark unhealthy 127.0.0.1:1' }).waitFor();
    await page.close();
});
