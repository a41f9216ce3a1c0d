// SPDX-License-Identifier: Apache-2.0
// Changes.tsx - /audit, newest first; each entry opens into what it changed, field by field.
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { api, type Page, type Row } from '../api.ts';
import { entityTitle } from '../entities/names.ts';
import { formatNumber, formatTime, t, type Key } from '../i18n.ts';
import { meta } from '../meta.ts';
import { goQuery, route } from '../router.ts';
import { Button } from '../ui/Button.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { useLoad } from '../ui/load.ts';
import { Loading } from '../ui/Loading.tsx';
import { Rows, type Column } from '../ui/Table.tsx';
import { differences, show, type Change } from './before_after.ts';
import { RowLink } from './RowLink.tsx';

const SIZE = 50;

interface Entry {
    id: number;
    at: number;
    who: string | null;
    from: string | null;
    method: string;
    path: string;
    entity: string;
    entity_id: string;
    before: Row | null;
    after: Row | null;
}

export function Changes() {
    const query = route.value.query;
    const entity = query.get('entity') ?? '', id = query.get('id') ?? '', offset = query.get('offset') ?? '';
    const asked = new URLSearchParams({ size: String(SIZE) });
    for (const [name, value] of Object.entries({ entity, id, offset })) if (value) asked.set(name, value);
    const page = useLoad(async () => (await api.get<Page<Entry>>(`/audit?${asked}`)).body, [asked.toString()]);
    return (
        <>
            <h1>{t('changes.title')}</h1>
            <p class="help">{t('changes.intro')}</p>
            <Filter key={`${entity} ${id}`} entity={entity} id={id} />
            <ErrorNote error={page.error} onRetry={page.reload} />
            {page.data ? <Entries page={page.data} isFirst={offset === ''} /> : page.error ? null : <Loading />}
        </>
    );
}

function Filter({ entity, id }: { entity: string; id: string }) {
    const kindId = useId(), rowId = useId();
    const typed = useSignal(id);
    const kinds = [...(meta.value?.collectionOf.keys() ?? [])].sort();
    const submit = (event: Event) => {
        event.preventDefault();
        goQuery({ id: typed.value.trim() || null, offset: null });
    };
    return (
        <form class="toolbar" onSubmit={submit}>
            <label for={kindId}>{t('changes.kind')}</label>
            <select
                id={kindId}
                value={entity}
                onChange={(event) => goQuery({ entity: event.currentTarget.value || null, offset: null })}
            >
                <option value="">{t('changes.allKinds')}</option>
                {kinds.map((name) => <option key={name} value={name}>{entityTitle(name)}</option>)}
            </select>
            <label for={rowId}>{t('changes.id')}</label>
            <input
                id={rowId}
                class="mono"
                value={typed}
                spellcheck={false}
                autocomplete="off"
                onInput={(event) => {
                    typed.value = event.currentTarget.value;
                }}
            />
            <Button type="submit">{t('changes.filter')}</Button>
        </form>
    );
}

function Entries({ page, isFirst }: { page: Page<Entry>; isFirst: boolean }) {
    return (
        <>
            {page.data.length === 0 ? <p class="empty">{t('changes.none')}</p> : null}
            <ol class="changes">{page.data.map((entry) => <EntryItem key={entry.id} entry={entry} />)}</ol>
            {!isFirst || page.offset ? (
                <nav class="pager" aria-label={t('table.pages')}>
                    <Button disabled={isFirst} onClick={() => goQuery({ offset: null })}>{t('changes.newer')}</Button>
                    <Button disabled={!page.offset} onClick={() => goQuery({ offset: page.offset ?? null })}>
                        {t('changes.older')}
                    </Button>
                </nav>
            ) : null}
        </>
    );
}

function kindOf({ before, after }: Entry): Key {
    return before === null ? 'changes.created' : after === null ? 'changes.deleted' : 'changes.changed';
}
const moods: Partial<Record<Key, string>> = { 'changes.created': 'good', 'changes.deleted': 'bad', 'changes.changed': 'info' };

function EntryItem({ entry }: { entry: Entry }) {
    const isOpen = useSignal(false);
    const kind = kindOf(entry);
    const row: Row = entry.after ?? entry.before ?? {};
    const changes = kind === 'changes.changed' ? changesOf(entry) : [];
    return (
        <li>
            <details
                onToggle={(event) => {
                    isOpen.value = event.currentTarget.open;
                }}
            >
                <summary>
                    <time dateTime={new Date(entry.at * 1000).toISOString()}>{formatTime(entry.at)}</time>
                    <span class={`badge ${moods[kind]}`}>{t(kind)}</span>
                    <span class="entity">{entityTitle(entry.entity)}</span>
                    <bdi class="what">{String(row['name'] ?? row['username'] ?? row['target'] ?? entry.entity_id)}</bdi>
                    {changes.length ? <span class="fields mono">{changes.map((change) => change.field).join(', ')}</span> : null}
                    <span class="who">
                        <bdi>{entry.who ?? entry.from ?? t('changes.whoUnknown')}</bdi>
                    </span>
                </summary>
                {isOpen.value ? <Detail entry={entry} /> : null}
            </details>
        </li>
    );
}

/** When it was written differs always, and says nothing. */
function changesOf(entry: Entry): Change[] {
    return differences(entry.before, entry.after).filter((change) => change.field !== 'updated_at' || !entry.before);
}

function Detail({ entry }: { entry: Entry }) {
    const changes = changesOf(entry);
    const omitted = entry.after?.['omitted_bytes'] ?? entry.before?.['omitted_bytes'];
    return (
        <div class="detail">
            <dl class="pairs">
                <dt>{t('changes.row')}</dt>
                <dd>
                    <RowLink entity={entry.entity} row={{ id: entry.entity_id, name: entry.entity_id }} />
                </dd>
                <dt>{t('changes.call')}</dt>
                <dd class="mono wrap">{entry.method} {entry.path}</dd>
                <dt>{t('changes.who')}</dt>
                <dd>
                    <bdi>{entry.who ?? t('changes.whoUnknown')}</bdi>
                    {entry.from ? <>, {t('changes.whoFrom', { address: entry.from })}</> : null}
                </dd>
            </dl>
            {typeof omitted === 'number' ? <p class="help">{t('changes.large', { bytes: formatNumber(omitted) })}</p> : null}
            {changes.length ? <Difference changes={changes} /> : <p class="help">{t('changes.touched')}</p>}
        </div>
    );
}

const cell = (value: unknown, mark: 'del' | 'ins') => {
    const text = show(value);
    const Mark = mark;
    return text === '' ? <span class="nothing">–</span> : <Mark><bdi>{text}</bdi></Mark>;
};

/** Fields before and after. */
export function Difference({ changes }: { changes: Change[] }) {
    const columns: Column<Change>[] = [
        { title: t('changes.field'), cell: (c) => c.field, class: 'mono' },
        { title: t('changes.before'), cell: (c) => cell(c.before, 'del'), class: 'mono wrap' },
        { title: t('changes.after'), cell: (c) => cell(c.after, 'ins'), class: 'mono wrap' },
    ];
    return <Rows rows={changes} columns={columns} caption={t('changes.fields')} rowKey={(c) => c.field} />;
}
