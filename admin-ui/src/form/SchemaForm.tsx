// SPDX-License-Identifier: Apache-2.0
// SchemaForm.tsx - a form drawn from a schema. Each field watches its own signal: a key redraws one field.
import { useComputed, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Row } from '../api.ts';
import { t } from '../i18n.ts';
import { describedBy, Field } from '../ui/Field.tsx';
import { Draft, isEqual } from './draft.ts';
import { Input, isGroup } from './Input.tsx';
import { editableFields, isLong, type FieldSchema, type Schema } from './schema.ts';
import { ownError, partError } from './types.ts';

type Errors = ReadonlySignal<unknown>;

/** A bound that only says how wide an integer is. */
const UNBOUNDED = 2 ** 31 - 2;

/** What a field takes, beside its help. */
function bounds(schema: FieldSchema): string {
    const [least, most] = schema.between ?? [];
    if (least !== undefined && most !== undefined)
        return most >= UNBOUNDED ? t('form.atLeast', { least }) : t('form.between', { least, most });
    return schema.len_max && !isLong(schema) ? t('form.atMost', { n: schema.len_max }) : '';
}

interface FieldProps {
    draft: Draft;
    path: string[];
    schema: FieldSchema;
    errors: Errors;
    idPrefix: string;
}

function DraftField({ draft, path, schema, errors, idPrefix }: FieldProps) {
    const name = path.at(-1) ?? '';
    const error = useComputed(() => path.reduce<unknown>((tree, part) => partError(tree, part), errors.value)).value;
    const id = `${idPrefix}-${path.join('-')}`;
    const isForeign = schema.type === 'foreign';
    const own = ownError(error) ?? (isForeign && error ? String(Object.values(error as Row)[0]) : null);
    const help = [schema.description, bounds(schema)].filter(Boolean).join(' · ');
    return (
        <Field id={id} label={name} help={help} error={own} required={schema.required === true && schema.default === undefined} isGroup={isGroup(schema)}>
            <Input
                id={id}
                label={name}
                schema={schema}
                value={draft.cell(path).value}
                error={error}
                isNew={draft.isNew}
                describedBy={describedBy(id, help, own)}
                onInput={(value) => draft.set(path, value)}
            />
        </Field>
    );
}

function RecordFields({ draft, path, schema, errors, idPrefix }: FieldProps) {
    const error = useComputed(() => ownError(path.reduce<unknown>((tree, part) => partError(tree, part), errors.value))).value;
    return (
        <fieldset>
            <legend>{path.join('.')}</legend>
            {schema.description ? <p class="help">{schema.description}</p> : null}
            {error ? <p class="field-error" role="alert">{error}</p> : null}
            <DraftFields draft={draft} path={path} schema={schema} errors={errors} idPrefix={idPrefix} />
        </fieldset>
    );
}

interface FieldsProps extends Omit<FieldProps, 'schema' | 'path'> {
    schema: Pick<Schema, 'fields'> | FieldSchema;
    path?: string[];
    /** Names at this level that are not asked for. */
    hidden?: readonly string[];
}

/** All fields of a schema (or of a record in it), records as groups. */
export function DraftFields({ schema, path = [], hidden = [], ...rest }: FieldsProps) {
    return (
        <>
            {editableFields(schema)
                .filter(([name]) => !hidden.includes(name))
                .map(([name, field]) => {
                    const Part = field.type === 'record' ? RecordFields : DraftField;
                    return <Part key={name} {...rest} path={[...path, name]} schema={field} />;
                })}
        </>
    );
}

interface Props {
    schema: Schema;
    /** What the form begins with; a new one that differs from what is typed starts it afresh. */
    value: Row;
    errors?: unknown;
    /** changes: what was edited, as a body for the Admin API; whole: the row with it. */
    onChange: (changes: Row, whole: Row) => void;
    isNew?: boolean;
    hidden?: readonly string[];
    idPrefix?: string;
}

/** A form without buttons and without a server, for screens that keep the value themselves. */
export function SchemaForm({ schema, value, errors, onChange, isNew = true, hidden = [], idPrefix = 'f' }: Props) {
    const draft = useMemo(() => new Draft(schema, value, isNew), [schema, isNew]);
    const tree = useMemo(() => ({ value: errors }), [errors]) as Errors;
    useEffect(() => {
        if (!isEqual(value, draft.base) && !isEqual(value, draft.value())) draft.reset(value);
    }, [value]);
    useSignalEffect(() => {
        if (draft.isDirty.value || draft.version.value) onChange(draft.body(), draft.value());
    });
    return <DraftFields draft={draft} schema={schema} errors={tree} hidden={hidden} idPrefix={idPrefix} />;
}
