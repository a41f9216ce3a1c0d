// SPDX-License-Identifier: Apache-2.0
// strings.ts - the catalogue: every word of the page, in both languages; a key that lacks one does not compile.
import * as common from './strings/common.ts';
import * as entities from './strings/entities.ts';

export const en = { ...common.en, ...entities.en };

export type Key = keyof typeof en;

export const zhCN: Record<Key, string> = { ...common.zhCN, ...entities.zhCN };
