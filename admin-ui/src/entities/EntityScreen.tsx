// SPDX-License-Identifier: Apache-2.0
// EntityScreen.tsx - the screens of rows: list, new, one, and the same below a parent.
import { path } from '../api.ts';
import { t } from '../i18n.ts';
import { meta, type Meta } from '../meta.ts';
import { refName } from '../refs.ts';
import { link } from '../router.ts';
import { NoScreen } from '../ui/NoScreen.tsx';
import { EntityList } from './EntityList.tsx';
import { EntityPage, Tabs } from './EntityPage.tsx';
import { entityTitle } from './names.ts';
import { NewEntity } from './NewEntity.tsx';
import { placeOf, type Place, type PlaceParams } from './place.ts';

/** The way from the list down to here. */
function Crumbs({ place }: { place: Place }) {
    const { parent } = place;
    return (
        <nav class="crumbs" aria-label={t('app.path')}>
            {parent ? (
                <>
                    <a href={link(path`/${parent.collection}`)}>{entityTitle(parent.entity)}</a>
                    <a href={link(path`/${parent.collection}/${parent.id}`)}><bdi>{refName(parent.entity, parent.id).value}</bdi></a>
                </>
            ) : null}
            <a href={link(place.list)}>{entityTitle(place.entity)}</a>
        </nav>
    );
}

function Head({ place, isNew }: { place: Place; isNew: boolean }) {
    const { parent } = place;
    const kind = entityTitle(place.entity);
    const name = parent ? refName(parent.entity, parent.id).value : '';
    return (
        <>
            <header class="page-head">
                <h1>
                    {isNew ? t('entity.newOf', { what: kind }) : parent ? <bdi class="wrap">{name}</bdi> : kind}
                    {parent && !isNew ? <span class="kind">{entityTitle(parent.entity)}</span> : null}
                </h1>
            </header>
            {parent && !isNew ? <Tabs entity={parent.entity} collection={parent.collection} id={parent.id} /> : null}
        </>
    );
}

/** At /:collection/new and /:collection/:id/:nested/new the last part is no id: ids are UUIDs in links. */
export function EntityScreen({ params }: { params: PlaceParams }) {
    const place = placeOf(params, meta.value as Meta);
    if (!place) return <NoScreen />;
    const { id } = place;
    const isNew = id === 'new';
    const key = `${place.list}/${id ?? ''}`;
    return (
        <>
            {id === null && !place.parent ? null : <Crumbs place={place} />}
            {id === null || isNew ? <Head place={place} isNew={isNew} /> : null}
            {id === null ? (
                <EntityList key={key} place={place} />
            ) : isNew ? (
                <NewEntity key={key} place={place} />
            ) : (
                <EntityPage key={key} place={{ ...place, id }} />
            )}
        </>
    );
}
