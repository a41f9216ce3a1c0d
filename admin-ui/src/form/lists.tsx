// SPDX-License-Identifier: Apache-2.0
// lists.tsx - controls of several values: choices, lists, maps, records in lists.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../api.ts';
import { t } from '../i18n.ts';
import { emptyRecord, isEqual } from './draft.ts';
import { Input } from './Input.tsx';
import { editableFields, type FieldSchema } from './schema.ts';
import { describedBy, Field } from '../ui/Field.tsx';
import { ownError, partError, placeholder, type InputProps } from './types.ts';

/** A set or list of few known words. */
export function CheckList(props: InputProps) {
    const chosen = Array.isArray(props.value) ? (props.value as unknown[]) : null;
    const preset = props.isNew && Array.isArray(props.schema.default) ? props.schema.default : [];
    const current = chosen ?? preset;
    const choices = props.schema.elements?.one_of ?? [];
    const toggle = (choice: string | number, isOn: boolean) => {
        const next = choices.filter((word) => (word === choice ? isOn : current.includes(word)));
        props.onInput(next.length ? next : null);
    };
    return (
        <div class="checks">
            {choices.map((choice) => (
                <label key={choice}>
                    <input
                        type="checkbox"
                        checked={current.includes(choice)}
                        onChange={(event) => toggle(choice, event.currentTarget.checked)}
                    />
                    {choice}
                </label>
            ))}
        </div>
    );
}

const blank = (element: FieldSchema): unknown => (element.type === 'record' ? emptyRecord(element) : '');

/** Behind an item: how to be rid of it, and what is wrong with it itself. `id` is the item's. */
function ItemEnd(props: { id: string; label: string; n: number; error: string | null; onRemove: () => void }) {
    return (
        <>
            <button
                type="button"
                class="quiet"
                aria-label={t('form.removeItem', { name: props.label, n: props.n })}
                onClick={props.onRemove}
            >
                ×
            </button>
            {props.error ? <p class="field-error" id={`${props.id}-error`}>{props.error}</p> : null}
        </>
    );
}

function Add(props: { id: string | undefined; label: string; onClick: () => void }) {
    return (
        <button type="button" class="add" id={props.id} onClick={props.onClick}>
            {t('form.add')}
            <span class="unseen"> {props.label}</span>
        </button>
    );
}

export function ListInput(props: InputProps) {
    const element = props.schema.elements ?? { type: 'string' };
    const items = Array.isArray(props.value) ? (props.value as unknown[]) : [];
    const box = useRef<HTMLDivElement>(null);
    const [grown, setGrown] = useState(0);
    useLayoutEffect(() => {
        if (grown) box.current?.querySelector<HTMLElement>('.item:last-of-type :is(input, textarea, select)')?.focus();
    }, [grown]);

    const change = (next: unknown[]) => props.onInput(next.length ? next : null);
    const add = () => {
        change([...items, blank(element)]);
        setGrown(grown + 1);
    };
    const preset = items.length ? '' : placeholder(props.schema, props.isNew);
    return (
        <div class="list" ref={box}>
            {preset ? <p class="preset">{t('form.default', { value: preset })}</p> : null}
            {items.map((item, i) => {
                const id = `${props.id}-${i}`;
                const error = partError(props.error, i);
                const own = ownError(error);
                return (
                    <div class="item" key={i}>
                        <Input
                            id={id}
                            label={t('form.item', { name: props.label, n: i + 1 })}
                            schema={element}
                            value={item}
                            error={error}
                            isNew={props.isNew}
                            isPart
                            describedBy={describedBy(id, null, own)}
                            onInput={(value) => change(items.map((old, j) => (j === i ? (value ?? '') : old)))}
                        />
                        <ItemEnd id={id} label={props.label} n={i + 1} error={own} onRemove={() => change(items.filter((_, j) => j !== i))} />
                    </div>
                );
            })}
            <Add id={items.length ? undefined : props.id} label={props.label} onClick={add} />
        </div>
    );
}

type Entry = [string, unknown];

export function MapInput(props: InputProps) {
    const values = props.schema.values ?? { type: 'string' };
    const [entries, setEntries] = useState<Entry[]>(Object.entries((props.value as Row | null) ?? {}));
    useEffect(() => {
        if (!isEqual(Object.fromEntries(entries.filter(([key]) => key)), props.value ?? {}))
            setEntries(Object.entries((props.value as Row | null) ?? {}));
    }, [props.value]);

    const change = (next: Entry[]) => {
        setEntries(next);
        const named = next.filter(([key]) => key !== '');
        props.onInput(named.length ? Object.fromEntries(named) : null);
    };
    const keys: FieldSchema = props.schema.keys ?? { type: 'string' };
    return (
        <div class="list">
            {entries.map(([key, value], i) => {
                const id = `${props.id}-${i}`;
                const error = partError(props.error, key);
                const own = ownError(error);
                const parts = { isNew: props.isNew, isPart: true, describedBy: describedBy(id, null, own) };
                const replace = (entry: Entry) => change(entries.map((old, j) => (j === i ? entry : old)));
                return (
                    <div class="item pair" key={i}>
                        <Input
                            {...parts}
                            id={`${id}-key`}
                            label={t('form.mapKey', { name: props.label, n: i + 1 })}
                            schema={keys}
                            value={key}
                            onInput={(next) => replace([next == null ? '' : String(next), value])}
                        />
                        <Input
                            {...parts}
                            id={id}
                            label={t('form.mapValue', { name: props.label, n: i + 1 })}
                            schema={values}
                            value={value}
                            error={error}
                            onInput={(next) => replace([key, next])}
                        />
                        <ItemEnd id={id} label={props.label} n={i + 1} error={own} onRemove={() => change(entries.filter((_, j) => j !== i))} />
                    </div>
                );
            })}
            <Add id={props.id} label={props.label} onClick={() => setEntries([...entries, ['', null]])} />
        </div>
    );
}

/** A record that is one item of a list: a small form of its own. */
export function RecordInput(props: InputProps) {
    const row = (props.value as Row | null) ?? {};
    return (
        <div class="record" role="group" aria-label={props.label}>
            {editableFields(props.schema).map(([name, field]) => {
                const id = `${props.id}-${name}`;
                const error = partError(props.error, name);
                const own = ownError(error);
                return (
                    <Field key={name} id={id} label={name} help={field.description} error={own}>
                        <Input
                            id={id}
                            label={name}
                            schema={field}
                            value={row[name]}
                            error={error}
                            isNew={props.isNew}
                            describedBy={describedBy(id, field.description, own)}
                            onInput={(value) => props.onInput({ ...row, [name]: value })}
                        />
                    </Field>
                );
            })}
        </div>
    );
}
