// SPDX-License-Identifier: Apache-2.0
// Sessions.tsx - the sessions of a consumer that have a row: each may be ended, or all at once, and nothing else be done
// to them. Sessions that their cookie holds have none; a revocation ends those, too.
import { useSignal } from '@preact/signals';
import { api, path, type Row } from '../api.ts';
import { formatTime, t } from '../i18n.ts';
import { go } from '../router.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { useLoad } from '../ui/load.ts';
import { Loading } from '../ui/Loading.tsx';
import { Rows, Table, type Column } from '../ui/Table.tsx';
import { notify } from '../ui/Toast.tsx';
import { ConsumerHead } from './ConsumerHead.tsx';
import { bodyOf, isRefused } from './revocation.ts';

const MOST_REVOCATIONS = 1000;

/** What the consumer's sessions are refused by, so far as it is known. */
const useRevocations = (id: string, version: number): Row[] =>
    useLoad(
        () => api.list(path`/consumers/${id}/revocations`, { size: MOST_REVOCATIONS }).then((page) => page.data),
        [id, version],
    ).data ?? [];

export function ConsumerSessions({ params }: { params: Record<string, string> }) {
    const id = params['id'] ?? '';
    const list = path`/consumers/${id}/sessions`;
    const version = useSignal(0), isAsking = useSignal(false);
    const revocations = useRevocations(id, version.value);
    const onEnded = () => {
        version.value++;
        notify(t('sessions.ended'));
    };
    return (
        <>
            <ConsumerHead id={id} />
            <div class="toolbar">
                <p class="help">{t('sessions.intro')}</p>
                <Button kind="danger" onClick={() => { isAsking.value = true; }}>{t('sessions.endAll')}</Button>
            </div>
            <Table
                path={list}
                columns={columnsFor(list, revocations, onEnded)}
                caption={t('entity.sessions')}
                empty={t('sessions.none')}
                version={version.value}
            />
            <p class="help">{t('sessions.cookies')}</p>
            {isAsking.value ? <EndAll id={id} onClose={() => { isAsking.value = false; }} onDone={onEnded} /> : null}
        </>
    );
}

/** One of them, for whoever has its address. */
export function ConsumerSession({ params }: { params: Record<string, string> }) {
    const id = params['id'] ?? '', session = params['session'] ?? '';
    const list = path`/consumers/${id}/sessions`;
    const row = useLoad(() => api.get(list + path`/${session}`).then((answer) => answer.body), [list, session]);
    const revocations = useRevocations(id, 0);
    const onEnded = () => {
        notify(t('sessions.ended'));
        go(list);
    };
    return (
        <>
            <ConsumerHead id={id} />
            {row.error ? (
                <ErrorNote error={row.error} onRetry={row.reload} />
            ) : row.data ? (
                <Rows rows={[row.data]} columns={columnsFor(list, revocations, onEnded)} caption={t('entity.sessions')} />
            ) : (
                <Loading />
            )}
        </>
    );
}

function columnsFor(list: string, revocations: Row[], onEnded: () => void): Column<Row>[] {
    return [
        { title: t('sessions.since'), class: 'name', cell: (row) => formatTime(Number(row['created_at'])) },
        {
            title: t('sessions.state'),
            cell: (row) =>
                isRefused(row, revocations) ? (
                    <span class="badge bad">{t('sessions.refused')}</span>
                ) : (
                    <ActionButton
                        kind="danger"
                        label={t('sessions.endOne', { time: formatTime(Number(row['created_at'])) })}
                        act={() => api.delete(list + path`/${String(row['id'])}`)}
                        onDone={onEnded}
                    >
                        {t('sessions.end')}
                    </ActionButton>
                ),
        },
        { title: t('sessions.renewed'), cell: (row) => (row['renewals'] ? formatTime(Number(row['renewed_ms']) / 1000) : t('sessions.never')) },
        {
            title: t('sessions.until'),
            cell: ({ ttl }) => (typeof ttl === 'number' ? formatTime(Date.now() / 1000 + ttl) : t('revocations.untilNever')),
        },
    ];
}

function EndAll({ id, onClose, onDone }: { id: string; onClose: () => void; onDone: () => void }) {
    return (
        <Dialog
            title={t('sessions.endAll')}
            onClose={onClose}
            actions={
                <>
                    <Button onClick={onClose}>{t('ui.cancel')}</Button>
                    <ActionButton
                        kind="danger"
                        act={() => api.post(path`/consumers/${id}/revocations`, bodyOf('past', '', 0, Date.now() / 1000))}
                        onDone={() => {
                            onClose();
                            onDone();
                        }}
                    >
                        {t('sessions.endAll')}
                    </ActionButton>
                </>
            }
        >
            <p>{t('revocations.pastHelp')}</p>
            <p>{t('sessions.cookiesToo')}</p>
        </Dialog>
    );
}
