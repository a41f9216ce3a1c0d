// SPDX-License-Identifier: Apache-2.0
// CopyButton.tsx - text to the clipboard, also where the page came over plain HTTP from another machine.
import type { ComponentChildren } from 'preact';
import { t } from '../i18n.ts';
import { notify } from './Toast.tsx';

async function copy(text: string) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement('textarea');
    area.value = text;
    // inside an open dialog, where focus may go
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    if (!isCopied) throw new Error(t('copy.failed'));
}

interface Props {
    /** Made when it is asked for. */
    text: string | (() => string);
    children?: ComponentChildren;
    label?: string;
}

export function CopyButton({ text, children, label }: Props) {
    const onClick = () =>
        copy(typeof text === 'string' ? text : text()).then(
            () => notify(t('copy.done')),
            (error: unknown) => notify(String(error), true),
        );
    return (
        <button type="button" class="copy" aria-label={label} onClick={onClick}>
            {children ?? t('copy.copy')}
        </button>
    );
}
