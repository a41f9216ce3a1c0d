// SPDX-License-Identifier: Apache-2.0
// bundle_tests.mjs DIR - the unit tests of t/unit as files that any Node runs.
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = join(dirname(fileURLToPath(import.meta.url)), '..');
await build({
    absWorkingDir: here,
    entryPoints: readdirSync(join(here, 't/unit')).filter((name) => name.endsWith('.test.ts')).map((name) => `t/unit/${name}`),
    outdir: process.argv[2],
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
});
