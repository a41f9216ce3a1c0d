// SPDX-License-Identifier: Apache-2.0
// tap.mjs - node:test's results as flat TAP that prove reads: a line for each test, what failed is told on stderr.
import { inspect } from 'node:util';

export default async function* tap(source) {
    let n = 0;
    for await (const { type, data } of source) {
        if (type !== 'test:pass' && type !== 'test:fail') continue;
        const name = data.name.replace(/#/g, '\\#').replace(/\s+/g, ' ');
        yield `${type === 'test:pass' ? 'ok' : 'not ok'} ${++n} - ${name}${data.skip !== undefined ? ' # SKIP' : ''}\n`;
        if (type === 'test:pass') continue;
        const error = data.details?.error;
        process.stderr.write(`\n#   Failed test '${name}'\n${inspect(error?.cause ?? error).replace(/^/gm, '# ')}\n`);
    }
    yield `1..${n}\n`;
}
