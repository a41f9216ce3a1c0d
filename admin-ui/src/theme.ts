// SPDX-License-Identifier: Apache-2.0
// theme.ts - light, dark, or as the system says; the stylesheet reads data-theme.
import { effect, signal } from '@preact/signals';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const stored = localStorage.getItem('gw.theme');
export const theme = signal<Theme>(themes.find((name) => name === stored) ?? 'auto');

effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
});

export function setTheme(next: Theme) {
    localStorage.setItem('gw.theme', next);
    theme.value = next;
}
