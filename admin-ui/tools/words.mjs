// SPDX-License-Identifier: Apache-2.0
// words.mjs - every word that people read comes from src/strings/: no literal text in components, no key that nothing
// uses, none that one language lacks (tsc knows that of zh-CN; here it is said in words), the same {names} in both.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const src = join(dirname(fileURLToPath(import.meta.url)), '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
const parse = (name) =>
    ts.createSourceFile(name, readFileSync(join(src, name), 'utf8'), ts.ScriptTarget.ES2022, true, name.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
const isCatalogue = (name) => name.startsWith('strings/') || name === 'strings.ts';

const READ_ALOUD = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label', 'caption', 'empty', 'help', 'hint']);
const HAS_LETTERS = /\p{L}{2}/u;
/** Names of formats and of fields of the Admin API are the same in every language. */
const AS_IT_IS = new Set(['id']);
const catalogues = { en: new Map(), zhCN: new Map() };
const used = new Set();
const bad = [];

function readCatalogue(tree) {
    for (const statement of tree.statements)
        for (const { name, initializer } of statement.declarationList?.declarations ?? []) {
            const words = catalogues[name.text];
            if (!words || !ts.isObjectLiteralExpression(initializer)) continue;
            for (const property of initializer.properties)
                if (ts.isPropertyAssignment(property)) {
                    if (words.has(property.name.text)) bad.push(`${name.text}: ${property.name.text} stands there twice`);
                    words.set(property.name.text, property.initializer.text ?? '');
                }
        }
}

function readUse(name, tree) {
    const say = (node, what) => {
        const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
        bad.push(`src/${name}:${line + 1}: ${what}`);
    };
    const visit = (node) => {
        if (ts.isStringLiteralLike(node)) used.add(node.text);
        if (ts.isJsxText(node) && HAS_LETTERS.test(node.text) && !AS_IT_IS.has(node.text.trim())) say(node, `literal text: ${node.text.trim()}`);
        if (ts.isJsxAttribute(node) && READ_ALOUD.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer))
            say(node, `literal text: ${node.getText()}`);
        ts.forEachChild(node, visit);
    };
    visit(tree);
}

for (const name of files) {
    const tree = parse(name);
    if (isCatalogue(name)) readCatalogue(tree);
    else readUse(name, tree);
}

const { en, zhCN } = catalogues;
const names = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join();
for (const [key, text] of en) {
    if (!used.has(key)) bad.push(`${key}: nothing uses it`);
    if (!zhCN.has(key)) bad.push(`${key}: zh-CN lacks it`);
    else if (names(text) !== names(zhCN.get(key))) bad.push(`${key}: {names} differ between the languages`);
    if (text === '' || zhCN.get(key) === '') bad.push(`${key}: empty`);
}
for (const key of zhCN.keys()) if (!en.has(key)) bad.push(`${key}: en lacks it`);

for (const line of bad) console.error(line);
console.log(bad.length ? `words: ${bad.length} to mend` : `words: good (${en.size} in 2 languages)`);
process.exitCode = bad.length ? 1 : 0;
