// SPDX-License-Identifier: Apache-2.0
// strings.ts - the catalogue: every word of the page, in both languages; a key that lacks one does not compile.
import * as changes from './strings/changes.ts';
import * as common from './strings/common.ts';
import * as declarative from './strings/declarative.ts';
import * as entities from './strings/entities.ts';
import * as explain from './strings/explain.ts';
import * as first from './strings/first_run.ts';
import * as overview from './strings/overview.ts';
import * as revocations from './strings/revocations.ts';
import * as search from './strings/search.ts';
import * as sessions from './strings/sessions.ts';

export const en = {
    ...common.en, ...entities.en, ...overview.en, ...first.en, ...explain.en, ...changes.en, ...declarative.en, ...search.en,
    ...revocations.en, ...sessions.en,
};

export type Key = keyof typeof en;

export const zhCN: Record<Key, string> = {
    ...common.zhCN, ...entities.zhCN, ...overview.zhCN, ...first.zhCN, ...explain.zhCN, ...changes.zhCN,
    ...declarative.zhCN, ...search.zhCN, ...revocations.zhCN, ...sessions.zhCN,
};
