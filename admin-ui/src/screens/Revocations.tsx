// SPDX-License-Identifier: Apache-2.0
// Revocations.tsx - tokens and sessions that are refused before their end: those of a consumer, or one of anybody's.
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { api, path, type Row } from '../api.ts';
import { formatTime, t, type Key } from '../i18n.ts';
import { link } from '../router.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Button } from '../ui/Button.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { describedBy, Field } from '../ui/Field.tsx';
import { Table, type Column } from '../ui/Table.tsx';
import { notify } from '../ui/Toast.tsx';
import { ConsumerHead } from './ConsumerHead.tsx';
import { fieldError } from './field_error.ts';
import { bodyOf, ofAnybody, ofConsumer, targetOf, type Target } from './revocation.ts';
import { RowLink } from './RowLink.tsx';

const names: Record<Target, Key> = {
    past: 'revocations.past', all: 'revocations.all', jti: 'revocations.jti', session: 'revocations.session',
};
const helps: Record<Target, Key> = {
    past: 'revocations.pastHelp', all: 'revocations.allHelp', jti: 'revocations.jtiHelp', session: 'revocations.sessionHelp',
};

export function Revocations() {
    return (
        <>
            <h1>{t('revocations.title')}</h1>
            <p class="help">{t('revocations.intro')}</p>
            <Both list="/revocations" offered={ofAnybody} />
        </>
    );
}

export function ConsumerRevocations({ params }: { params: Record<string, string> }) {
    const id = params['id'] ?? '';
    return (
        <>
            <ConsumerHead id={id} />
            <p class="help">{t('revocations.intro')} {t('revocations.keysHelp')}</p>
            <p class="help">
                <a href={link('/revocations')}>{t('revocations.one')}</a>
            </p>
            <Both key={id} list={path`/consumers/${id}/revocations`} offered={ofConsumer} />
        </>
    );
}

/** The form, and what is revoked already. */
function Both({ list, offered }: { list: string; offered: readonly Target[] }) {
    const version = useSignal(0);
    const changed = (key: Key) => {
        version.value++;
        notify(t(key));
    };
    return (
        <>
            <Revoke list={list} offered={offered} onDone={() => changed('revocations.done')} />
            <Table
                path={list}
                columns={columnsFor(list, () => changed('revocations.takenBack'))}
                caption={t('revocations.title')}
                empty={t('revocations.none')}
                version={version.value}
            />
        </>
    );
}

function columnsFor(list: string, onChanged: () => void): Column<Row>[] {
    const consumer: Column<Row> = {
        title: t('revocations.consumer'),
        cell: ({ consumer: one }) => (one ? <RowLink entity="consumers" id={String((one as Row)['id'])} /> : null),
    };
    return [
        { title: t('revocations.what'), cell: sayWhat, class: 'wrap' },
        ...(list === '/revocations' ? [consumer] : []),
        { title: t('revocations.created'), cell: (row) => formatTime(Number(row['created_at'])) },
        {
            title: t('revocations.until'),
            cell: (row) => (row['until'] ? formatTime(Number(row['until'])) : t('revocations.untilNever')),
        },
        { title: t('revocations.undo'), cell: (row) => <TakeBack row={row} onDone={onChanged} /> },
    ];
}

function sayWhat(row: Row) {
    const target = targetOf(row);
    if (target === 'past') return t('revocations.issuedBefore', { time: formatTime(Number(row['issued_before'])) });
    if (target === 'all') return t('revocations.everything');
    return <>{t(names[target])}: <bdi class="mono">{String(row[target])}</bdi></>;
}

function TakeBack({ row, onDone }: { row: Row; onDone: () => void }) {
    const takeBack = () => api.delete(path`/revocations/${String(row['id'])}`);
    return <ActionButton act={takeBack} onDone={onDone}>{t('revocations.takeBack')}</ActionButton>;
}

interface RevokeProps {
    /** Where it is sent. */
    list: string;
    offered: readonly Target[];
    onDone: () => void;
}

function Revoke({ list, offered, onDone }: RevokeProps) {
    const target = useSignal<Target>(offered[0] as Target);
    const what = useSignal(''), hours = useSignal('24');
    const error = useSignal<unknown>(null);
    const isBusy = useSignal(false);
    const id = useId();
    const revoke = async (event: Event) => {
        event.preventDefault();
        if (isBusy.value) return;
        isBusy.value = true;
        try {
            await api.post(list, bodyOf(target.value, what.value.trim(), Number(hours.value), Date.now() / 1000));
            what.value = '';
            error.value = null;
            onDone();
        } catch (failure) {
            error.value = failure;
        }
        isBusy.value = false;
    };
    const wrongWhat = fieldError(error.value, target.value), wrongEnd = fieldError(error.value, 'until');
    return (
        <form class="panel words" onSubmit={revoke} noValidate>
            <Field id={id} label={t('revocations.what')} help={t(helps[target.value])}>
                <select
                    id={id}
                    value={target}
                    aria-describedby={`${id}-help`}
                    onChange={(event) => {
                        target.value = event.currentTarget.value as Target;
                    }}
                >
                    {offered.map((one) => <option key={one} value={one}>{t(names[one])}</option>)}
                </select>
            </Field>
            {target.value === 'jti' || target.value === 'session' ? (
                <Field id={`${id}-what`} label={t(names[target.value])} error={wrongWhat} required>
                    <input
                        id={`${id}-what`}
                        class="mono"
                        value={what}
                        spellcheck={false}
                        autocomplete="off"
                        aria-invalid={wrongWhat ? true : undefined}
                        aria-describedby={describedBy(`${id}-what`, null, wrongWhat)}
                        onInput={(event) => {
                            what.value = event.currentTarget.value;
                        }}
                    />
                </Field>
            ) : null}
            {target.value === 'past' ? null : (
                <Field id={`${id}-hours`} label={t('revocations.hours')} help={t('revocations.hoursHelp')} error={wrongEnd} required>
                    <input
                        id={`${id}-hours`}
                        class="number"
                        type="number"
                        min={1}
                        step="any"
                        value={hours}
                        aria-invalid={wrongEnd ? true : undefined}
                        aria-describedby={describedBy(`${id}-hours`, true, wrongEnd)}
                        onInput={(event) => {
                            hours.value = event.currentTarget.value;
                        }}
                    />
                </Field>
            )}
            <ErrorNote error={error.value} />
            <div class="actions">
                <Button type="submit" kind="danger" isBusy={isBusy.value}>{t('revocations.revoke')}</Button>
            </div>
        </form>
    );
}
