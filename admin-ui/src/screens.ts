// SPDX-License-Identifier: Apache-2.0
// screens.ts - every screen: where it is, what it is called, what draws it. The first that matches an address wins.
import type { ComponentType } from 'preact';
import { EntityScreen } from './entities/EntityScreen.tsx';
import type { Key } from './i18n.ts';
import { Changes } from './screens/Changes.tsx';
import { Declarative } from './screens/Declarative.tsx';
import { Explain } from './screens/Explain.tsx';
import { FirstRun } from './screens/FirstRun.tsx';
import { Overview } from './screens/Overview.tsx';
import { ConsumerRevocations, Revocations } from './screens/Revocations.tsx';
import { ConsumerSession, ConsumerSessions } from './screens/Sessions.tsx';

export interface Screen {
    /** Parts that begin with ':' are handed to the component as params. */
    pattern: string;
    title: Key;
    component: ComponentType<{ params: Record<string, string> }>;
    /** Shown in the navigation, in this order; entities follow after the first group. */
    inNav?: 'first' | 'last';
}

export const screens: Screen[] = [
    { pattern: '/', title: 'overview.title', component: Overview, inNav: 'first' },
    { pattern: '/start', title: 'first.nav', component: FirstRun, inNav: 'first' },
    { pattern: '/explain', title: 'explain.nav', component: Explain, inNav: 'first' },
    { pattern: '/revocations', title: 'revocations.title', component: Revocations, inNav: 'last' },
    { pattern: '/changes', title: 'changes.title', component: Changes, inNav: 'last' },
    { pattern: '/declarative', title: 'declarative.title', component: Declarative, inNav: 'last' },
    { pattern: '/consumers/:id/revocations', title: 'revocations.title', component: ConsumerRevocations },
    { pattern: '/consumers/:id/sessions', title: 'entity.sessions', component: ConsumerSessions },
    { pattern: '/consumers/:id/sessions/:session', title: 'entity.sessions', component: ConsumerSession },
    { pattern: '/:collection', title: 'entity.rows', component: EntityScreen },
    { pattern: '/:collection/:id', title: 'entity.rows', component: EntityScreen },
    { pattern: '/:collection/:id/:nested', title: 'entity.rows', component: EntityScreen },
    { pattern: '/:collection/:id/:nested/:child', title: 'entity.rows', component: EntityScreen },
];
