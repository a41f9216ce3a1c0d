// SPDX-License-Identifier: Apache-2.0
// node openapi-2-kong.js FOLDER-WITH-THE-PACKAGE DESCRIPTION: the declarative configuration that openapi-2-kong makes of it.
const { generate } = require(require.resolve('openapi-2-kong', { paths: [process.argv[2]] }));

generate(process.argv[3], 'kong-declarative-config', ['generated'])
    .then(result => console.log(JSON.stringify(result.documents[0], null, 2)))
    .catch(error => { console.error(error); process.exitCode = 1; });
