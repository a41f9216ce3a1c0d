// SPDX-License-Identifier: Apache-2.0
// browser.mjs - what the browser suites share: Chromium, the gateway's Admin API, axe. build/page test starts a gateway.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Read at each call: a suite may start a gateway of its own (gateway.mjs). */
export const admin = () => `http://127.0.0.1:${process.env.GW_ADMIN_PORT}`;
const WAIT_MS = 30000; // liveness only: a busy machine is slow

/** Calls of the Admin API beside the page. */
export async function call(method, path, body) {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await fetch(admin() + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
}

let made = 0;
/** A name that no other test has. */
export const unique = (what) => `${what}-${process.pid}-${++made}`;

export const state = { browser: null };

/** One browser for a file. */
export function useBrowser() {
    before(async () => {
        const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
        state.browser = await chromium.launch({ executablePath: process.env.GW_CHROMIUM ?? '/usr/bin/chromium', args });
    });
    after(() => state.browser?.close());
}

/** A page of its own; what it says to the console, asks of other origins or breaks is an error at close(). */
export async function newPage(options = {}) {
    const context = await state.browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en', ...options });
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    const wrong = [];
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
        wrong.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
    });
    page.on('console', (message) => {
        // a refused call is logged by the browser itself
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) wrong.push(message.text());
    });
    page.on('request', (request) => {
        if (new URL(request.url()).origin !== admin()) wrong.push(`request to ${request.url()}`);
    });
    page.close = async () => {
        await context.close();
        assert.deepEqual(wrong, []);
    };
    return page;
}

/** Go to a screen and wait until it stands. */
export async function open(page, path) {
    await page.goto(`${admin()}/ui/#${path}`);
    await settled(page);
}

export async function settled(page) {
    await page.locator('main').waitFor();
    await page.waitForLoadState('networkidle');
    await page.locator('.loading').waitFor({ state: 'detached' });
}

/** No violations of WCAG 2.2 A and AA, nor of axe's best practices. */
export async function isAccessible(page, what) {
    await page.evaluate(axeSource); // from outside: the page's own policy forbids eval to scripts
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    assert.deepEqual(told, [], what);
}

/** The control of a field by its label. */
export const field = (page, name) => page.locator(`[id="f-${name.replaceAll('.', '-')}"]`);
export const fieldError = (page, name) => page.locator(`[id="f-${name.replaceAll('.', '-')}-error"]`);
export const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
