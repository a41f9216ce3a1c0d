// SPDX-License-Identifier: Apache-2.0
// Button.tsx - a native button; while busy it says so and takes no second click.
import type { ComponentChildren } from 'preact';

interface Props {
    children: ComponentChildren;
    kind?: 'primary' | 'danger' | 'quiet';
    type?: 'button' | 'submit';
    onClick?: () => void;
    isBusy?: boolean;
    disabled?: boolean;
    /** What it does, where its text alone does not say so ("Remove" of one of many). */
    label?: string;
}

export function Button({ children, kind, type = 'button', onClick, isBusy = false, disabled = false, label }: Props) {
    return (
        <button
            type={type}
            class={kind}
            aria-label={label}
            aria-busy={isBusy}
            aria-disabled={isBusy}
            disabled={disabled}
            onClick={(event) => {
                if (isBusy) event.preventDefault();
                else onClick?.();
            }}
        >
            {children}
        </button>
    );
}
