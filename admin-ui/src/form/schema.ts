// SPDX-License-Identifier: Apache-2.0
// schema.ts - what /schemas/... answers, and a few questions about it.
import type { Row } from '../api.ts';

export type FieldType =
    | 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'set' | 'map' | 'record' | 'foreign';

export interface FieldSchema {
    type: FieldType;
    description?: string;
    required?: boolean;
    default?: unknown;
    /** The server makes a value when none is given. */
    auto?: boolean;
    uuid?: boolean;
    timestamp?: boolean;
    unique?: boolean;
    immutable?: boolean;
    /** A secret. */
    encrypted?: boolean;
    write_only?: boolean;
    one_of?: (string | number)[];
    between?: [number, number];
    gt?: number;
    len_min?: number;
    len_max?: number;
    /** null: the field may only be null. */
    eq?: unknown;
    elements?: FieldSchema;
    keys?: FieldSchema;
    values?: FieldSchema;
    fields?: NamedField[];
    reference?: string;
    on_delete?: string;
}

/** One member: the field's name. */
export type NamedField = Record<string, FieldSchema>;

export interface Schema {
    fields: NamedField[];
    shorthand_fields?: NamedField[];
    entity_checks?: unknown[];
}

export function fieldsOf(schema: { fields?: NamedField[] }): [string, FieldSchema][] {
    return (schema.fields ?? []).flatMap((field) => Object.entries(field));
}

/** What people fill in: not the id, not when the row was made, nothing that can only be null. */
export function editableFields(schema: { fields?: NamedField[] }): [string, FieldSchema][] {
    return fieldsOf(schema).filter(
        ([, field]) => !(field.auto && (field.uuid || field.timestamp)) && field.eq !== null,
    );
}

/** The field that a row goes by in paths and on screens: the first that is unique. */
export function keyField(schema: Schema): string | null {
    return fieldsOf(schema).find(([, field]) => field.unique && field.type === 'string' && !field.encrypted)?.[0] ?? null;
}

const LONG = 4096; /* characters */

/** Text of several lines from the beginning, as certificates are. */
export const isLong = (f: FieldSchema) => (f.len_max ?? 0) > LONG;

/** Text that a row may be called by; certificates are required, too, and no names. */
const isWord = (f: FieldSchema) => f.type === 'string' && !f.uuid && !f.encrypted && !isLong(f);

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && !value.includes('\n');

/** What to call a row: its key, else another word of its own, else its id. */
export function nameOf(row: Row, schema?: Schema | null): string {
    const words = schema
        ? fieldsOf(schema).filter(([, f]) => isWord(f) && (f.unique || f.required))
        : [];
    const found = [...words.map(([word]) => row[word]), row['name'], row['username'], row['custom_id']].find(isName);
    if (found !== undefined) return found;
    return Array.isArray(row['snis']) && row['snis'].length > 0 ? String(row['snis'][0]) : String(row['id'] ?? '');
}
