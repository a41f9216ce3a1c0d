// SPDX-License-Identifier: Apache-2.0
// i18n.ts - words in the language that was chosen; t() in a component follows a switch at once.
import { effect, signal } from '@preact/signals';
import { en, zhCN, type Key } from './strings.ts';

export type Lang = 'en' | 'zh-CN';
export type { Key };

const catalogues = { en, 'zh-CN': zhCN };

function remembered(): Lang {
    const stored = localStorage.getItem('gw.lang');
    if (stored === 'en' || stored === 'zh-CN') return stored;
    return navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
}

export const lang = signal<Lang>(remembered());

effect(() => {
    document.documentElement.lang = lang.value;
});

export function setLang(next: Lang) {
    localStorage.setItem('gw.lang', next);
    lang.value = next;
}

/** The sentence for a key; {name} in it is replaced by params.name. */
export function t(key: Key, params: Record<string, string | number> = {}): string {
    return catalogues[lang.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Seconds since 1970 as people read them. */
export function formatTime(seconds: number): string {
    return new Date(seconds * 1000).toLocaleString(lang.value, { dateStyle: 'medium', timeStyle: 'medium' });
}

export const formatNumber = (n: number) => n.toLocaleString(lang.value);
