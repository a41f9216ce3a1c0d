// SPDX-License-Identifier: Apache-2.0
// size.mjs - the page stays small: all its JavaScript, gzipped, in at most 60 KiB; no way out of its
// own origin, and no way from text to markup.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMIT_BYTES = 60 * 1024;
const here = dirname(fileURLToPath(import.meta.url));
const [dist, source] = [join(here, '../dist'), join(here, '../src')];
const read = (name) => readFileSync(join(dist, name));
const scripts = readdirSync(dist).filter((name) => name.endsWith('.js'));
const bytes = scripts.reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);
const page = read('index.html').toString();
const bad = [];

if (scripts.length === 0) bad.push('there is no script');
if (bytes > LIMIT_BYTES) bad.push(`${bytes} bytes of gzipped JavaScript: more than ${LIMIT_BYTES}`);
if (/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i.test(page)) bad.push('index.html: an inline script or style');
if (/(?:src|href)="(?:https?:)?\/\//i.test(page)) bad.push('index.html: something from another origin');
for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file)))
    if (/innerHTML|dangerouslySet|\beval\(|new Function\(/i.test(readFileSync(join(source, name), 'utf8')))
        bad.push(`src/${name}: makes markup or code out of text`);

for (const line of bad) console.error(line);
console.log(bad.length ? 'size: to mend' : `size: good (${bytes} of ${LIMIT_BYTES} bytes)`);
process.exitCode = bad.length ? 1 : 0;
