// SPDX-License-Identifier: Apache-2.0
// EntityForm.tsx - make or change one row. Whatever the server answers, what was typed stays.
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { api, ApiError, type Answer, type Row } from '../api.ts';
import { Draft } from '../form/draft.ts';
import { editableFields, type Schema } from '../form/schema.ts';
import { DraftFields } from '../form/SchemaForm.tsx';
import { t } from '../i18n.ts';
import { isHeld } from '../router.ts';
import { Button } from '../ui/Button.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { notify } from '../ui/Toast.tsx';
import { fieldErrors, unplaced } from './errors.ts';
import { Conflict } from './Conflict.tsx';
import { differences, type Difference } from './differences.ts';

interface Props {
    schema: Schema;
    /** The row and its version; null makes a new one. */
    row: Answer<Row> | null;
    /** Where it is sent: the list for a new row, the row otherwise. */
    path: string;
    hidden?: string[];
    /** Sent along with a new row (a plugin's name). */
    fixed?: Row;
    onSaved: (answer: Answer<Row>) => void;
}

export function EntityForm({ schema, row, path, hidden = [], fixed = {}, onSaved }: Props) {
    const draft = useMemo(() => new Draft(schema, row?.body ?? {}, row === null), [schema, path]);
    const etag = useRef(row?.etag ?? null);
    const form = useRef<HTMLFormElement>(null);
    const errors = useSignal<unknown>(null);
    const failure = useSignal<unknown>(null);
    const conflict = useSignal<Difference[]>([]);
    const isBusy = useSignal(false);
    const shown = new Set(editableFields(schema).map(([name]) => name).filter((name) => !hidden.includes(name)));

    useSignalEffect(() => {
        isHeld.value = draft.isDirty.value;
    });
    useEffect(() => () => {
        isHeld.value = false;
    }, []);

    const settle = (answer: Answer<Row>) => {
        for (const warning of answer.warnings) notify(warning, true);
        etag.current = answer.etag;
        errors.value = failure.value = null;
        conflict.value = [];
        draft.reset(answer.body);
        isHeld.value = false;
        notify(t('entity.saved'));
        onSaved(answer);
    };
    const meet = (theirs: Row, version: string | null) => {
        conflict.value = differences(draft, theirs);
        draft.rebase(theirs);
        etag.current = version;
        errors.value = failure.value = null;
    };
    const refuse = (error: unknown) => {
        failure.value = error;
        errors.value = fieldErrors(error, t('form.taken'));
        requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
    };
    const save = async (event: Event) => {
        event.preventDefault();
        if (isBusy.value) return;
        isBusy.value = true;
        try {
            settle(
                row === null
                    ? await api.post<Row>(path, { ...fixed, ...draft.body() })
                    : await api.patch<Row>(path, draft.body(), { ifMatch: etag.current }),
            );
        } catch (error) {
            const theirs = error instanceof ApiError && error.status === 412 ? (error.body as Row | null) : null;
            if (theirs?.['id']) meet(theirs, (error as ApiError).etag);
            else refuse(error);
        }
        isBusy.value = false;
    };
    const discard = () => {
        errors.value = failure.value = null;
        conflict.value = [];
        draft.reset();
    };

    // the message of a 409 has all of it
    const said = failure.value instanceof ApiError && failure.value.status !== 409 ? failure.value.fields : {};
    return (
        <form class="entity" ref={form} noValidate onSubmit={save}>
            {conflict.value.length ? <Conflict draft={draft} found={conflict.value} /> : null}
            <DraftFields draft={draft} schema={schema} errors={errors} hidden={hidden} idPrefix="f" />
            <div class="save-bar">
                <ErrorNote error={failure.value} details={unplaced(said, shown)} />
                <div class="actions">
                    {row !== null && draft.isDirty.value ? <Button onClick={discard}>{t('entity.discard')}</Button> : null}
                    <Button kind="primary" type="submit" isBusy={isBusy.value} disabled={row !== null && !draft.isDirty.value}>
                        {row === null ? t('entity.create') : t('ui.save')}
                    </Button>
                </div>
            </div>
        </form>
    );
}
