// SPDX-License-Identifier: Apache-2.0
// Field.tsx - label, help, control and error in one place; ids are derived from the control's.
import type { ComponentChildren } from 'preact';

interface Props {
    /** The control's id. */
    id: string;
    label: ComponentChildren;
    help?: ComponentChildren;
    error?: string | null;
    required?: boolean;
    /** A control of several parts (checkboxes, a list): labelled as a group. */
    isGroup?: boolean;
    children: ComponentChildren;
}

/** For the control's aria-describedby. */
export function describedBy(id: string, help: unknown, error: unknown): string | undefined {
    return [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;
}

export function Field({ id, label, help, error, required = false, isGroup = false, children }: Props) {
    const name = (
        <>
            {label}
            {required ? <span class="required" aria-hidden="true">*</span> : null}
        </>
    );
    return (
        <div
            class={error ? 'field invalid' : 'field'}
            role={isGroup ? 'group' : undefined}
            aria-labelledby={isGroup ? `${id}-label` : undefined}
            aria-describedby={isGroup ? describedBy(id, help, error) : undefined}
        >
            <div class="field-name">
                {isGroup ? <span class="label" id={`${id}-label`}>{name}</span> : <label for={id}>{name}</label>}
                {help ? <p class="help" id={`${id}-help`}>{help}</p> : null}
            </div>
            <div class="field-control">
                {children}
                {error ? <p class="field-error" id={`${id}-error`}>{error}</p> : null}
            </div>
        </div>
    );
}
