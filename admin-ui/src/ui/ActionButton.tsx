// SPDX-License-Identifier: Apache-2.0
// ActionButton.tsx - one thing done at once, such as to a row of a table; a refusal is told in a notice.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { t } from '../i18n.ts';
import { Button } from './Button.tsx';
import { notify } from './Toast.tsx';

interface Props {
    children: ComponentChildren;
    act: () => Promise<unknown>;
    onDone: () => void;
    kind?: 'primary' | 'danger';
    label?: string;
}

export function ActionButton({ children, act, onDone, kind, label }: Props) {
    const isBusy = useSignal(false);
    const run = async () => {
        isBusy.value = true;
        try {
            await act();
            onDone();
        } catch (error) {
            notify(error instanceof Error && error.message ? error.message : t('error.lost'), true);
        }
        isBusy.value = false;
    };
    return <Button kind={kind} label={label} isBusy={isBusy.value} onClick={() => void run()}>{children}</Button>;
}
