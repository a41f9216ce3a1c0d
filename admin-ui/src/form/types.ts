// SPDX-License-Identifier: Apache-2.0
// types.ts - what every control of a form is given.
import type { Row } from '../api.ts';
import type { FieldSchema } from './schema.ts';

export interface InputProps {
    id: string;
    /** For people: the field's name. */
    label: string;
    schema: FieldSchema;
    value: unknown;
    onInput: (value: unknown) => void;
    /** The server's words: a sentence, or as nested as the value. */
    error?: unknown;
    /** In a new row an empty field means its default. */
    isNew: boolean;
    describedBy?: string | undefined;
    /** Part of a larger control, which is labelled as a group: this one names itself. */
    isPart?: boolean;
}

/** The sentence for a value itself. */
export function ownError(error: unknown): string | null {
    if (typeof error === 'string') return error;
    const entity = (error as Row | null | undefined)?.['@entity'];
    return Array.isArray(entity) ? entity.join(' ') : null;
}

/** The words for a part of a value. */
export function partError(error: unknown, part: string | number): unknown {
    return typeof error === 'object' && error !== null ? (error as Row)[part] : undefined;
}

/** What an empty control stands for. */
export function placeholder(schema: FieldSchema, isNew: boolean): string {
    if (schema.default !== undefined && schema.default !== null && (isNew || schema.required)) return show(schema.default);
    return '';
}

export function show(value: unknown): string {
    return Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What a control of one part of a group is labelled with; a labelled field needs none. */
export const partLabel = ({ isPart, label }: InputProps) => (isPart ? label : undefined);

/** What is no number stays as it was typed: the server says what it thinks of it. */
export function parseNumber(text: string): unknown {
    const trimmed = text.trim();
    if (trimmed === '') return null;
    const number = Number(trimmed);
    return Number.isFinite(number) ? number : text;
}
