// SPDX-License-Identifier: Apache-2.0
// figures.mjs [ROUTES] - what Chromium's trace says of the page's main thread: the routes' screen of a gateway with many
// routes, and typing in a form of 50 fields. Figures, no verdict: machines differ. `build/page figures` runs it.
import { chromium } from 'playwright-core';
import { call, field } from './browser.mjs';

const routes = Number(process.argv[2] ?? 10000);
const admin = `http://127.0.0.1:${process.env.GW_ADMIN_PORT}`;
const browser = await chromium.launch({ executablePath: process.env.GW_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });

const RUNS = 7; // the calmest counts: a busy machine stretches what it interrupts

async function tasksOf(page, run) {
    await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', '__metadata'] });
    await run();
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const names = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
    const mains = new Set(names.map(({ pid, tid }) => `${pid}/${tid}`));
    const isTask = ({ name, ph, pid, tid }) => ph === 'X' && name === 'RunTask' && mains.has(`${pid}/${tid}`);
    return traceEvents.filter(isTask).map(({ dur, tdur = 0 }) => ({ ms: dur / 1000, cpuMs: tdur / 1000 })).sort((x, y) => y.ms - x.ms);
}

async function traced(what, run) {
    const rounds = [];
    for (let i = 0; i < RUNS; i++) {
        const page = await newPage();
        rounds.push(await tasksOf(page, await run(page)));
        await page.close();
    }
    rounds.sort(([x], [y]) => x.ms - y.ms);
    const told = (tasks) => {
        const most = Math.max(...tasks.map(({ cpuMs }) => cpuMs));
        return `longest task ${tasks[0].ms.toFixed(1)} ms (of CPU ${most.toFixed(1)}), ${tasks.filter(({ ms }) => ms > 50).length} over 50 ms`;
    };
    console.log(`${what}: ${told(rounds[0])}; the middle of ${RUNS} runs: ${told(rounds[RUNS >> 1])}`);
}

const rows = Array.from({ length: routes }, (_, i) => ({ name: `r${i}`, paths: [`/figures/${i}`], service: 'figures' }));
await call('POST', '/declarative/apply', { _format_version: '3.0', services: [{ name: 'figures', host: 'h' }], routes: rows });
const fields = Array.from({ length: 50 }, (_, i) => ({ [`field_${i}`]: { type: 'string', description: 'one of fifty', default: `d${i}` } }));

async function newPage() {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.route('**/schemas/plugins/wide', (route) => route.fulfill({ json: { fields: [{ config: { type: 'record', fields } }] } }));
    return page;
}
const showRoutes = async (page) => {
    await page.goto(`${admin}/ui/#/routes`);
    await page.locator('tbody tr').nth(49).waitFor();
    await page.waitForLoadState('networkidle');
};
const showForm = async (page) => {
    await page.goto(`${admin}/ui/#/plugins/new?name=wide`);
    await field(page, 'config.field_49').waitFor();
};
await traced(`first screen, ${routes} routes`, (page) => () => showRoutes(page));
await traced('next page of them', async (page) => {
    await showRoutes(page);
    return async () => {
        await page.getByRole('button', { name: 'Next' }).click();
        await page.waitForLoadState('networkidle');
    };
});
await traced('a form of 50 fields, from nothing', (page) => () => showForm(page));
await traced('50 keys typed into it', async (page) => {
    await showForm(page);
    return () => field(page, 'config.field_20').pressSequentially('0123456789'.repeat(5));
});
await browser.close();
