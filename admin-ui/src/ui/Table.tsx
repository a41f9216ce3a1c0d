// SPDX-License-Identifier: Apache-2.0
// Table.tsx - a list of the server, page by page; where it stands is in the address (offset, tags).
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api, type Row } from '../api.ts';
import { t } from '../i18n.ts';
import { goQuery, route } from '../router.ts';
import { Button } from './Button.tsx';
import { ErrorNote } from './ErrorNote.tsx';
import { useLoad } from './load.ts';
import { Loading } from './Loading.tsx';

export interface Column<T> {
    title: string;
    cell: (row: T) => ComponentChildren;
    class?: string;
}

interface Props<T> {
    /** Of the Admin API; may have a query. */
    path: string;
    columns: Column<T>[];
    /** What the list is, for screen readers. */
    caption: string;
    size?: number;
    empty?: ComponentChildren;
    rowKey?: (row: T) => string;
    /** A change of it asks again. */
    version?: number;
}

const keyOf = (row: unknown) => String((row as Row)['id']);

export function Table<T = Row>({ path, columns, caption, size = 50, empty, rowKey = keyOf, version = 0 }: Props<T>) {
    const offset = route.value.query.get('offset') ?? '';
    const tags = route.value.query.get('tags') ?? '';
    const [trail, setTrail] = useState<string[]>([]);
    const page = useLoad(() => api.list<T>(path, { size, offset, tags }), [path, size, offset, tags, version]);
    useEffect(() => setTrail([]), [path, tags]);
    const turn = (to: string, next: string[]) => {
        setTrail(next);
        goQuery({ offset: to || null });
    };

    if (page.error) return <ErrorNote error={page.error} onRetry={page.reload} />;
    if (!page.data) return <Loading />;
    const { data, offset: next } = page.data;
    if (data.length === 0 && !offset) return <div class="empty">{empty ?? t('table.empty')}</div>;
    return (
        <>
            <Rows rows={data} columns={columns} caption={caption} rowKey={rowKey} isLoading={page.isLoading} />
            {offset || next ? (
                <nav class="pager" aria-label={t('table.pages')}>
                    <Button disabled={!offset} onClick={() => turn('', [])}>{t('table.first')}</Button>
                    <Button disabled={trail.length === 0} onClick={() => turn(trail.at(-1) ?? '', trail.slice(0, -1))}>
                        {t('table.previous')}
                    </Button>
                    <Button disabled={!next} onClick={() => turn(next ?? '', [...trail, offset])}>{t('table.next')}</Button>
                </nav>
            ) : null}
        </>
    );
}

interface RowsProps<T> {
    rows: T[];
    columns: Column<T>[];
    caption: string;
    rowKey?: (row: T) => string;
    isLoading?: boolean;
}

/** The table alone, for rows that are here already. In a narrow window each row is a card (style.css), which takes the
 * table's meaning from elements: roles say it again. */
export function Rows<T>({ rows, columns, caption, rowKey = keyOf, isLoading = false }: RowsProps<T>) {
    return (
        <div class="table-frame" role="region" aria-label={caption} tabIndex={0}>
            <table class="cards" role="table" aria-busy={isLoading}>
                <caption class="unseen">{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        {columns.map((column) => (
                            <th key={column.title} role="columnheader" scope="col" class={column.class}>{column.title}</th>
                        ))}
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    {rows.map((row) => (
                        <tr key={rowKey(row)} role="row">
                            {columns.map((column) => (
                                <td key={column.title} role="cell" class={column.class} data-title={column.title}>{column.cell(row)}</td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
