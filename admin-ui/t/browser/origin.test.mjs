// SPDX-License-Identifier: Apache-2.0
// origin.test.mjs - the page loads nothing from elsewhere, has nothing inline, and its policy says so to the browser.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { admin, newPage, open, useBrowser } from './browser.mjs';

const ui = join(dirname(fileURLToPath(import.meta.url)), '../..');
const POLICY =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'none'; " +
    "frame-ancestors 'none'; base-uri 'none'";

useBrowser();

test('every file is sent with a policy that allows its own origin and nothing unsafe', async () => {
    const index = await (await fetch(`${admin()}/ui/`)).text();
    const names = [...index.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name);
    assert.ok(names.length >= 3, `${names}`);
    for (const name of ['', ...names]) {
        const response = await fetch(`${admin()}/ui/${name}`);
        assert.equal(response.status, 200, name);
        assert.equal(response.headers.get('content-security-policy'), POLICY, name);
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff', name);
        const isForever = /immutable/.test(response.headers.get('cache-control'));
        assert.equal(isForever, /\.\w{8}\.(js|css)$/.test(name), `${name}: ${response.headers.get('cache-control')}`);
        assert.equal(response.headers.get('content-encoding'), 'gzip', name);
    }
});

test('the policy holds: a script and a style put in by somebody do nothing, and are reported', async () => {
    const page = await newPage();
    await open(page, '/services');
    const seen = await page.evaluate(async () => {
        const reports = [];
        document.addEventListener('securitypolicyviolation', (event) => reports.push(event.effectiveDirective));
        const put = (tag, text) => {
            const node = document.createElement(tag);
            node.textContent = text;
            document.body.append(node);
        };
        put('script', 'window.wasRun = 1');
        put('style', 'body { color: rgb(1, 2, 3) }');
        document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.wasRun = 2">');
        await fetch('http://127.0.0.1:9/').catch(() => {});
        for (let i = 0; i < 300 && new Set(reports).size < 4; i++) await new Promise((resolve) => setTimeout(resolve, 100));
        return { reports, wasRun: window.wasRun ?? 0, color: getComputedStyle(document.body).color };
    });
    assert.equal(seen.wasRun, 0);
    assert.notEqual(seen.color, 'rgb(1, 2, 3)');
    for (const directive of ['script-src-elem', 'style-src-elem', 'script-src-attr', 'connect-src'])
        assert.ok(seen.reports.includes(directive), `${directive} of ${seen.reports}`);
    await page.close().catch(() => {}); // that console is full of it, as it should be
});

test('the gate of the size fails when the page outgrows it, and when it gets something inline or foreign', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gw-size-'));
    for (const name of ['tools', 'dist', 'src', 'package.json']) cpSync(join(ui, name), join(folder, name), { recursive: true });
    symlinkSync(join(ui, 'node_modules'), join(folder, 'node_modules'));
    const gate = () => spawnSync(process.execPath, [join(folder, 'tools/size.mjs')], { encoding: 'utf8' });
    assert.equal(gate().status, 0, gate().stderr);
    const cases = [
        ['dist/more.js', randomBytes(60 * 1024), /bytes of gzipped JavaScript: more than 61440/],
        ['dist/index.html', '<script>1</script>', /an inline script or style/],
        ['dist/index.html', '<p style="color:red">', /an inline script or style/],
        ['dist/index.html', '<script src="https://cdn.example/x.js"></script>', /another origin/],
        ['src/more.tsx', 'node.innerHTML = text', /makes markup or code out of text/],
    ];
    for (const [name, content, words] of cases) {
        writeFileSync(join(folder, name), content);
        const { status, stderr } = gate();
        assert.equal(status, 1, `${name}: ${content.slice(0, 40)}`);
        assert.match(stderr, words);
        rmSync(join(folder, name));
        if (name.startsWith('dist/index')) cpSync(join(ui, name), join(folder, name));
    }
    rmSync(folder, { recursive: true });
});
