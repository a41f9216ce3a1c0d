// SPDX-License-Identifier: Apache-2.0
// draft.ts - what is typed into a form, one signal for each field, so that a key redraws one field and no other.
import { batch, computed, signal, type Signal } from '@preact/signals';
import type { Row } from '../api.ts';
import { editableFields, type FieldSchema, type NamedField } from './schema.ts';

export function isEqual(a: unknown, b: unknown): boolean {
    if (a === b) return true;
    if (a == null || b == null) return a == b;
    if (typeof a !== 'object' || typeof b !== 'object' || Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => isEqual((a as Row)[key], (b as Row)[key]));
}

export function valueAt(row: unknown, path: string[]): unknown {
    return path.reduce<unknown>((value, name) => (value as Row | null | undefined)?.[name], row);
}

/** Leaves are what a PATCH replaces as a whole; records are merged by the server, so only their changed leaves are sent. */
function leaves(fields: NamedField[], path: string[] = []): [string[], FieldSchema][] {
    return editableFields({ fields }).flatMap(([name, field]): [string[], FieldSchema][] =>
        field.type === 'record' ? leaves(field.fields ?? [], [...path, name]) : [[[...path, name], field]],
    );
}

function put(into: Row, path: string[], value: unknown) {
    const last = path.length - 1;
    path.forEach((name, i) => {
        if (i === last) into[name] = value;
        else into = (into[name] ??= {}) as Row;
    });
}

/** Items that were added and left blank. */
function clean(value: unknown): unknown {
    if (!Array.isArray(value)) return value;
    const items = value.filter((item) => item !== '' && item !== null);
    return items.length > 0 || value.length === 0 ? items : null;
}

type Change = [path: string[], field: FieldSchema, value: unknown];

export class Draft {
    readonly #cells = new Map<string, Signal<unknown>>();
    /** Counts what was typed. */
    readonly version = signal(0);
    readonly #leaves: [string[], FieldSchema][];
    #base: Row;

    /** base: the row as the server has it, or {} for a new one. */
    constructor(
        readonly schema: { fields: NamedField[] },
        base: Row,
        readonly isNew: boolean,
    ) {
        this.#base = base;
        this.#leaves = leaves(schema.fields);
    }

    get base(): Row {
        return this.#base;
    }

    /** The value at a path, to be watched; written by set(). */
    cell(path: string[]): Signal<unknown> {
        const key = path.join('\0');
        let cell = this.#cells.get(key);
        if (!cell) this.#cells.set(key, (cell = signal(valueAt(this.#base, path))));
        return cell;
    }

    set(path: string[], value: unknown) {
        batch(() => {
            this.cell(path).value = value;
            this.version.value++;
        });
    }

    #changed(): Change[] {
        return this.#leaves.flatMap(([path, field]): Change[] => {
            const cell = this.#cells.get(path.join('\0'));
            const value = clean(cell?.value);
            return !cell || isEqual(value, valueAt(this.#base, path)) ? [] : [[path, field, value]];
        });
    }

    readonly isDirty = computed(() => {
        this.version.value;
        return this.#changed().length > 0;
    });

    /** The paths of fields that were edited. */
    changedPaths(): string[][] {
        return this.#changed().map(([path]) => path);
    }

    /** The paths of all fields. */
    paths(): string[][] {
        return this.#leaves.map(([path]) => path);
    }

    /** The body of a POST or PATCH: what was edited and nothing else. A field that needs a value and was emptied
     * goes back to its default. */
    body(): Row {
        const body: Row = {};
        for (const [path, field, value] of this.#changed()) {
            const isEmpty = value === null || value === undefined;
            if (isEmpty && this.isNew) continue;
            put(body, path, isEmpty && field.required && field.default !== undefined ? field.default : (value ?? null));
        }
        return body;
    }

    /** The row as it would be. */
    value(): Row {
        const row = structuredClone(this.#base);
        for (const [path, , value] of this.#changed()) put(row, path, value);
        return row;
    }

    /** The row was changed meanwhile: edits stay, all other fields follow it. */
    rebase(base: Row) {
        batch(() => {
            const edited = new Map(this.#changed().map(([path, , value]) => [path.join('\0'), value]));
            this.#base = base;
            for (const [key, cell] of this.#cells)
                if (!edited.has(key)) cell.value = valueAt(base, key.split('\0'));
            this.version.value++;
        });
    }

    /** Forget what was edited. */
    reset(base: Row = this.#base) {
        batch(() => {
            this.#base = base;
            for (const [key, cell] of this.#cells) cell.value = valueAt(base, key.split('\0'));
            this.version.value++;
        });
    }
}

/** Defaults of a record inside a list, whose fields have no cells of their own. */
export function emptyRecord(field: FieldSchema): Row {
    return Object.fromEntries(
        editableFields(field).flatMap(([name, sub]) => (sub.default === undefined ? [] : [[name, sub.default]])),
    );
}
