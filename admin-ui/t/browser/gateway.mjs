// SPDX-License-Identifier: Apache-2.0
// gateway.mjs - a gateway of a suite's own, for what would disturb the others: it is stopped, has many rows, other modules.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const docs = (name) => readFileSync(join(top, 'docs', name), 'utf8');

async function freePorts(n) {
    const servers = await Promise.all(
        Array.from({ length: n }, () => new Promise((resolve) => {
            const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        })),
    );
    const ports = servers.map((server) => server.address().port);
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    return ports;
}

/** What follows acts on this gateway: browser.mjs reads the environment at each call. extra: lines of httpd.conf;
 * options: of quickstart start. */
export async function startGateway({ extra = '', folder = makeFolder(), options = [] } = {}) {
    const [port, tls, admin, adminTls] = await freePorts(4);
    Object.assign(process.env, {
        GW_DIR: join(folder, 'gw'), GW_EXTRA: extra, GW_PORT: port, GW_TLS_PORT: tls, GW_ADMIN_PORT: admin, GW_ADMIN_TLS_PORT: adminTls,
    });
    const quickstart = (command, ...more) => {
        try {
            execFileSync(join(top, 'build/quickstart'), [command, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
        } catch (error) {
            throw new Error(`quickstart ${command}: ${error.stdout}${error.stderr}`);
        }
    };
    quickstart('start', ...options);
    return {
        database: join(folder, 'gw/data/gw.db'),
        /** start or stop its Postgres beneath it */
        postgres: (verb) => execFileSync(join(top, 'build/private-postgres'), [verb, join(folder, 'gw/postgres')], { stdio: 'ignore' }),
        start: () => quickstart('start', ...options),
        stop: () => quickstart('stop'),
        remove: () => {
            quickstart('stop');
            rmSync(folder, { recursive: true, force: true });
        },
    };
}

/** One that httpd's user may read. */
export function makeFolder() {
    const folder = mkdtempSync(join(tmpdir(), 'gw-page-'));
    chmodSync(folder, 0o755);
    return folder;
}

/** A module built as people build theirs: by apxs, out of tree. Its path. */
export function buildModule(folder, name, source) {
    writeFileSync(join(folder, `${name}.c`), source);
    const flags = execFileSync('pkg-config', ['--cflags', 'jansson'], { encoding: 'utf8' }).trim().split(/\s+/).filter(Boolean);
    execFileSync('apxs', [`-I${join(top, 'modules/include')}`, ...flags, '-c', `${name}.c`], { cwd: folder, stdio: 'pipe' });
    const built = join(folder, '.libs', `${name}.so`);
    assert.ok(readFileSync(built).length > 0);
    return built;
}
