// SPDX-License-Identifier: Apache-2.0
// scalars.tsx - controls of one value: text, numbers, choices, yes and no, moments.
import { useState } from 'preact/hooks';
import { t } from '../i18n.ts';
import { isLong } from './schema.ts';
import { ownError, parseNumber, partLabel, placeholder, show, type InputProps } from './types.ts';

function common(props: InputProps) {
    return {
        id: props.id,
        'aria-label': partLabel(props),
        'aria-describedby': props.describedBy,
        'aria-invalid': ownError(props.error) ? true : undefined,
    };
}

function hint({ schema, isNew }: InputProps): string {
    return placeholder(schema, isNew) || (isNew && schema.auto ? t('form.generated') : '');
}

/** One line that grows with what is put in, so that a PEM or a JSON text needs no field of another kind. */
export function TextInput(props: InputProps) {
    const [isShown, setShown] = useState(false);
    const value = typeof props.value === 'string' ? props.value : props.value == null ? '' : show(props.value);
    const lines = Math.min(value.split('\n').length, 12);
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing || isLong(props.schema) || value.includes('\n')) return;
        event.preventDefault();
        (event.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
    };
    const area = (
        <textarea
            {...common(props)}
            rows={lines}
            class={`${isLong(props.schema) ? 'long ' : ''}${props.schema.encrypted && !isShown ? 'masked' : ''}`}
            value={value}
            placeholder={hint(props)}
            dir="auto"
            spellcheck={false}
            autocomplete="off"
            onKeyDown={onKeyDown}
            onInput={(event) => props.onInput(event.currentTarget.value === '' ? null : event.currentTarget.value)}
        />
    );
    if (!props.schema.encrypted) return area;
    return (
        <div class="row">
            {area}
            <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
                {t('form.show')}
                <span class="unseen"> {props.label}</span>
            </button>
        </div>
    );
}

export function NumberInput(props: InputProps) {
    const text = props.value == null ? '' : String(props.value);
    const typed = (raw: string) => (String(parseNumber(raw)) === raw ? parseNumber(raw) : raw === '' ? null : raw);
    return (
        <input
            {...common(props)}
            class="number"
            inputMode={props.schema.type === 'integer' ? 'numeric' : 'decimal'}
            value={text}
            placeholder={hint(props)}
            autocomplete="off"
            onInput={(event) => props.onInput(typed(event.currentTarget.value))}
            onChange={(event) => props.onInput(parseNumber(event.currentTarget.value))}
        />
    );
}

export function ChoiceInput(props: InputProps) {
    const { schema, value, isNew } = props;
    const choices = schema.one_of ?? [];
    const needsEmpty = value == null || !schema.required;
    const preset = placeholder(schema, isNew);
    return (
        <select
            {...common(props)}
            value={value == null ? '' : String(value)}
            onChange={(event) => {
                const chosen = event.currentTarget.value;
                props.onInput(choices.find((choice) => String(choice) === chosen) ?? null);
            }}
        >
            {needsEmpty ? <option value="">{preset ? t('form.default', { value: preset }) : t('form.none')}</option> : null}
            {choices.map((choice) => (
                <option key={choice} value={String(choice)}>{choice}</option>
            ))}
        </select>
    );
}

/** Where null means something else than false, there are three choices. */
export function BooleanInput(props: InputProps) {
    const { schema, value, onInput } = props;
    if (schema.required || typeof schema.default === 'boolean')
        return (
            <input
                {...common(props)}
                type="checkbox"
                class="switch"
                checked={Boolean(value ?? schema.default)}
                onChange={(event) => onInput(event.currentTarget.checked)}
            />
        );
    return (
        <select
            {...common(props)}
            value={value == null ? '' : String(value)}
            onChange={(event) => onInput(event.currentTarget.value === '' ? null : event.currentTarget.value === 'true')}
        >
            <option value="">{t('form.none')}</option>
            <option value="true">{t('form.yes')}</option>
            <option value="false">{t('form.no')}</option>
        </select>
    );
}

/** Seconds since 1970, shown and given in the time of this place. */
export function MomentInput(props: InputProps) {
    const local = (seconds: number) => {
        const date = new Date(seconds * 1000);
        return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
    };
    return (
        <input
            {...common(props)}
            type="datetime-local"
            step="1"
            value={typeof props.value === 'number' ? local(props.value) : ''}
            onChange={(event) => {
                const at = Date.parse(event.currentTarget.value);
                props.onInput(Number.isNaN(at) ? null : Math.floor(at / 1000));
            }}
        />
    );
}
