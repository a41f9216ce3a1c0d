// SPDX-License-Identifier: Apache-2.0
// screens.ts - every screen: where it is, what it is called, what draws it. The first that matches an address wins.
import type { ComponentType } from 'preact';
import { EntityScreen } from './entities/EntityScreen.tsx';
import type { Key } from './i18n.ts';

export interface Screen {
    /** Parts that begin with ':' are handed to the component as params. */
    pattern: string;
    title: Key;
    component: ComponentType<{ params: Record<string, string> }>;
    /** Shown in the navigation, in this order; entities follow after the first group. */
    inNav?: 'first' | 'last';
}

export const screens: Screen[] = [
    { pattern: '/:collection', title: 'entity.rows', component: EntityScreen },
    { pattern: '/:collection/:id', title: 'entity.rows', component: EntityScreen },
    { pattern: '/:collection/:id/:nested', title: 'entity.rows', component: EntityScreen },
    { pattern: '/:collection/:id/:nested/:child', title: 'entity.rows', component: EntityScreen },
];
