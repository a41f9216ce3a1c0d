// SPDX-License-Identifier: Apache-2.0
// EntityList.tsx - rows of one kind, page by page; by tag, or by what the server's search finds.
import { useEffect, useId, useState } from 'preact/hooks';
import { api, path, type Row } from '../api.ts';
import { schemaOf, meta, type Meta } from '../meta.ts';
import { t } from '../i18n.ts';
import { goQuery, link, route } from '../router.ts';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { useLoad } from '../ui/load.ts';
import { Loading } from '../ui/Loading.tsx';
import { Rows, Table } from '../ui/Table.tsx';
import { columnsOf } from './columns.tsx';
import { entityTitle } from './names.ts';
import { rowPath, type Place } from './place.ts';
import { TargetList } from './TargetList.tsx';

const FOUND_AT_MOST = 50;

function Filter({ name, label, hint }: { name: string; label: string; hint: string }) {
    const id = useId();
    const current = route.value.query.get(name) ?? '';
    const [typed, setTyped] = useState(current);
    useEffect(() => setTyped(current), [current]);
    return (
        <form
            class="filter"
            role="search"
            aria-label={label}
            onSubmit={(event) => {
                event.preventDefault();
                goQuery({ [name]: typed.trim() || null, offset: null });
            }}
        >
            <label class="unseen" for={id}>{label}</label>
            <input id={id} type="search" value={typed} placeholder={hint} onInput={(e) => setTyped(e.currentTarget.value)} />
        </form>
    );
}

interface Hit {
    entity: string;
    id: string;
    name: string;
    matched: string;
}

function Found({ place, words, known }: { place: Place; words: string; known: Meta }) {
    const found = useLoad(
        async () => (await api.get<{ data: Hit[] }>(path`/search?q=${words}&entity=${place.entity}&size=${FOUND_AT_MOST}`)).body.data,
        [place.entity, words],
    );
    if (found.error) return <ErrorNote error={found.error} onRetry={found.reload} />;
    const hits = found.data?.filter((hit) => hit.entity === place.entity);
    if (!hits) return <Loading />;
    if (hits.length === 0) return <p class="empty">{t('entity.noneFound')}</p>;
    return (
        <Rows
            rows={hits}
            caption={entityTitle(place.entity)}
            columns={[
                {
                    title: t('entity.name'),
                    class: 'name',
                    cell: (hit) => <a href={link(rowPath(place, hit.id, known))}><bdi>{hit.name}</bdi></a>,
                },
                { title: t('entity.matched'), cell: (hit) => hit.matched },
            ]}
        />
    );
}

export function EntityList({ place }: { place: Place }) {
    const known = meta.value as Meta;
    const schema = useLoad(() => schemaOf(place.entity), [place.entity]);
    const words = place.parent ? '' : (route.value.query.get('q') ?? '');
    const isTargets = known.endpoints.has(`/upstreams/{upstreams}/health`) && place.parent?.entity === 'upstreams' && place.entity === 'targets';
    if (schema.error) return <ErrorNote error={schema.error} onRetry={schema.reload} />;
    if (!schema.data) return <Loading />;
    const columns = columnsOf(place.entity, schema.data, (row: Row) => rowPath(place, String(row['id']), known), place.parent?.entity);
    return (
        <>
            <div class="toolbar">
                {place.parent ? null : (
                    <>
                        <Filter name="q" label={t('entity.find')} hint={t('entity.find')} />
                        <Filter name="tags" label={t('entity.tags')} hint={t('entity.tagsHint')} />
                    </>
                )}
                <a class="button primary" href={link(`${place.list}/new`)}>{t('entity.new')}</a>
            </div>
            {words ? (
                <Found place={place} words={words} known={known} />
            ) : isTargets ? (
                <TargetList place={place} columns={columns} />
            ) : (
                <Table path={place.list} columns={columns} caption={entityTitle(place.entity)} empty={t('entity.empty')} />
            )}
        </>
    );
}
