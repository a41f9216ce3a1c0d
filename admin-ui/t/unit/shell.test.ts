// SPDX-License-Identifier: Apache-2.0
// Curl lines, written and read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCurl, parseCurl, quote, splitWords, type Request } from '../../src/screens/shell.ts';

const request = (over: Partial<Request>): Request => ({ method: 'GET', url: 'http://h/', headers: [], body: null, ...over });
const form: [string, string] = ['Content-Type', 'application/x-www-form-urlencoded'];

for (const [name, line, want] of [
    ['a URL alone', 'curl http://h/', request({})],
    ['a prompt before it', '$ curl http://h/', request({})],
    ['a method', 'curl -X PUT http://h/', request({ method: 'PUT' })],
    ['a method glued to flags', 'curl -sSXPUT http://h/', request({ method: 'PUT' })],
    ['--request=', 'curl --request=PUT http://h/', request({ method: 'PUT' })],
    ['headers in quotes of both kinds', `curl -H 'a: 1' -H "b: \\"2\\"" http://h/`, request({ headers: [['a', '1'], ['b', '"2"']] })],
    ['a glued header', "curl -H'a: 1' http://h/", request({ headers: [['a', '1']] })],
    ['data makes it a POST of a form', 'curl http://h/ -d a=1 -d b=2', request({ method: 'POST', body: 'a=1&b=2', headers: [form] })],
    ['data with a type', `curl http://h/ -H 'content-type: application/json' --data-raw '{"a":1}'`,
        request({ method: 'POST', body: '{"a":1}', headers: [['content-type', 'application/json']] })],
    ['--json', `curl http://h/ --json '{}'`, request({ method: 'POST', body: '{}', headers: [['Content-Type', 'application/json']] })],
    ['-G puts data into the query', 'curl -G http://h/?a=1 -d b=2', request({ url: 'http://h/?a=1&b=2' })],
    ['-I', 'curl -sI http://h/', request({ method: 'HEAD' })],
    ['a user', 'curl -u alice:secret http://h/', request({ headers: [['Authorization', 'Basic YWxpY2U6c2VjcmV0']] })],
    ['a bearer', 'curl --oauth2-bearer abc http://h/', request({ headers: [['Authorization', 'Bearer abc']] })],
    ['a cookie', "curl -b 'a=1' http://h/", request({ headers: [['Cookie', 'a=1']] })],
    ['options that say nothing of the request, with their values', 'curl -s -o /dev/null -w %{http_code} -m 5 http://h/', request({})],
    ['lines that go on', "curl \\\n  -H 'a: 1' \\\n  http://h/", request({ headers: [['a', '1']] })],
    ["$'...' of copied lines", `curl http://h/ -H $'a: it\\'s'`, request({ headers: [['a', "it's"]] })],
    ['an empty header', "curl -H 'a;' -H 'b:' http://h/", request({ headers: [['b', '']] })],
] as [string, string, Request][])
    test(`read: ${name}`, () => assert.deepEqual(parseCurl(line), want));

for (const [name, line] of [
    ['another command', 'wget http://h/'], ['nothing', ''], ['no URL', 'curl -s'], ['a quote that is left open', "curl 'http://h/"],
] as const)
    test(`not a curl line: ${name}`, () => assert.equal(parseCurl(line), null));

for (const [word, want] of [
    ['http://h:1/a?b', "'http://h:1/a?b'"], ['http://h:1/a', 'http://h:1/a'], ['', "''"], ["it's", "'it'\\''s'"],
    ['$(reboot)', "'$(reboot)'"], ['a\nb', "'a\nb'"], ['中文', "'中文'"],
] as const)
    test(`quote ${JSON.stringify(word)}`, () => {
        assert.equal(quote(word), want);
        assert.deepEqual(splitWords(quote(word)), [word]);
    });

test('what is written is read as it was', () => {
    for (const one of [
        request({}),
        request({ headers: [['apikey', "it's; $HOME"]] }),
        request({ headers: [['Authorization', 'Basic YWxpY2U6c2VjcmV0']] }),
        request({ headers: [['Authorization', 'Basic not base64!']] }),
        request({ method: 'DELETE', url: 'http://h/?a=1&b=2' }),
        request({ method: 'POST', body: '{"a":"\'"}', headers: [['Content-Type', 'application/json']] }),
        request({ method: 'POST', body: '', headers: [form] }),
    ])
        assert.deepEqual(parseCurl(formatCurl(one, '-i')), one);
});
test('a password is written as people write it', () =>
    assert.equal(formatCurl(request({ headers: [['Authorization', 'Basic YWxpY2U6c2VjcmV0']] })), 'curl -u alice:secret http://h/'));
