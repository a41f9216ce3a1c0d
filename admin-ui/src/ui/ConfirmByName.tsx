// SPDX-License-Identifier: Apache-2.0
// ConfirmByName.tsx - what cannot be taken back is done by who types the name of what goes.
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { t } from '../i18n.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { ErrorNote } from './ErrorNote.tsx';

interface Props {
    title: string;
    name: string;
    /** What depends on it. */
    children?: ComponentChildren;
    /** Thrown errors are shown, and the dialog stays. */
    onConfirm: () => Promise<void>;
    onClose: () => void;
}

export function ConfirmByName({ title, name, children, onConfirm, onClose }: Props) {
    const [typed, setTyped] = useState('');
    const [error, setError] = useState<unknown>(null);
    const [isBusy, setBusy] = useState(false);
    const id = useId();
    const isSame = typed.trim() === name.trim();
    const confirm = async (event: Event) => {
        event.preventDefault();
        if (!isSame || isBusy) return;
        setBusy(true);
        try {
            await onConfirm();
        } catch (failure) {
            setError(failure);
            setBusy(false);
        }
    };
    return (
        <Dialog
            title={title}
            onClose={onClose}
            actions={
                <>
                    <Button onClick={onClose}>{t('ui.cancel')}</Button>
                    <button class="danger" form={`${id}-form`} disabled={!isSame} aria-busy={isBusy}>
                        {t('ui.delete')}
                    </button>
                </>
            }
        >
            {children}
            <form id={`${id}-form`} onSubmit={confirm}>
                <label for={id}>
                    {t('confirm.type')} <bdi class="mono wrap">{name}</bdi>
                </label>
                <input
                    id={id}
                    value={typed}
                    autocomplete="off"
                    spellcheck={false}
                    onInput={(event) => setTyped(event.currentTarget.value)}
                />
            </form>
            <ErrorNote error={error} />
        </Dialog>
    );
}
