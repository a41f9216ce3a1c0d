// SPDX-License-Identifier: Apache-2.0
// Dialog.tsx - the native modal dialog: focus stays inside and returns, Escape closes.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    /** Buttons, the one that goes on last. */
    actions: ComponentChildren;
}

export function Dialog({ title, onClose, children, actions }: Props) {
    const dialog = useRef<HTMLDialogElement>(null);
    const id = useId();
    useLayoutEffect(() => {
        const before = document.activeElement;
        dialog.current?.showModal();
        // a dialog that is taken out of the page while it is open does not give the focus back by itself
        return () => queueMicrotask(() => before instanceof HTMLElement && before.isConnected && before.focus());
    }, []);
    return (
        <dialog
            ref={dialog}
            aria-labelledby={id}
            onCancel={(event) => {
                event.preventDefault();
                onClose();
            }}
        >
            <h2 id={id}>{title}</h2>
            <div class="dialog-body">{children}</div>
            <div class="actions">{actions}</div>
        </dialog>
    );
}
