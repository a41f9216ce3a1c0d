// SPDX-License-Identifier: Apache-2.0
// build.mjs [--out DIR] - bundle src/ into DIR (default dist/): hashed names, an index.html that names
// them, and each file once more gzipped, so that httpd need not compress. Prints what the page weighs.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(here, 'dist') } } });
const out = resolve(values.out);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: ['src/main.tsx', 'src/style.css'],
    entryNames: '[name].[hash]',
    outdir: out,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    charset: 'utf8',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
});

const names = Object.keys(metafile.outputs).map((name) => name.split('/').pop());
const built = (ending) => names.find((name) => name.endsWith(ending));
const page = readFileSync(join(here, 'src/index.html'), 'utf8')
    .replace('main.js', built('.js'))
    .replace('style.css', built('.css'));
writeFileSync(join(out, 'index.html'), page);
writeFileSync(join(out, 'icon.svg'), readFileSync(join(here, 'src/icon.svg')));

let script = 0;
for (const name of readdirSync(out)) {
    const bytes = gzipSync(readFileSync(join(out, name)), { level: 9 });
    writeFileSync(join(out, `${name}.gz`), bytes);
    if (name.endsWith('.js')) script += bytes.length;
}
console.log(`page: ${script} bytes of gzipped JavaScript in ${out}`);
