// SPDX-License-Identifier: Apache-2.0
// EntityPage.tsx - one row: its settings, and a tab for each kind of row that stands below it.
import { useEffect, useState } from 'preact/hooks';
import { api, apiAddress, path, type Answer, type Row } from '../api.ts';
import { nameOf, type Schema } from '../form/schema.ts';
import { formatTime, t } from '../i18n.ts';
import { meta, pluginSchemaOf, schemaOf, type Meta } from '../meta.ts';
import { forgetRef } from '../refs.ts';
import { go, isHeld, link, route } from '../router.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { useLoad } from '../ui/load.ts';
import { Loading } from '../ui/Loading.tsx';
import { asCurl, asJson, asYaml } from './copyAs.ts';
import { DeleteEntity } from './DeleteEntity.tsx';
import { EntityForm } from './EntityForm.tsx';
import { entityTitle } from './names.ts';
import { childrenOf, type Place } from './place.ts';

/** A plugin's schema holds that of its config. */
export function formSchema(entity: string, plugin: unknown): Promise<Schema> {
    return entity === 'plugins' && typeof plugin === 'string' ? pluginSchemaOf(plugin).then(configFirst) : schemaOf(entity);
}

function configFirst(schema: Schema): Schema {
    const isConfig = (field: object) => 'config' in field;
    return { ...schema, fields: [...schema.fields.filter(isConfig), ...schema.fields.filter((field) => !isConfig(field))] };
}

/** What a form below a parent does not ask for: the parent, and which plugin it is. */
export function hiddenFields(place: Place, schema: Schema): string[] {
    const names = schema.fields.flatMap((field) => Object.entries(field));
    const parents = names.filter(([, field]) => place.parent && field.reference === place.parent.entity);
    return [...parents.map(([name]) => name), ...(place.entity === 'plugins' ? ['name'] : [])];
}

export function Tabs({ entity, collection, id }: { entity: string; collection: string; id: string }) {
    const children = childrenOf(entity, meta.value as Meta);
    if (children.length === 0) return null;
    const own = path`/${collection}/${id}`;
    const tab = (to: string, text: string) => (
        <a key={to} href={link(to)} aria-current={route.value.path === to ? 'page' : undefined}>{text}</a>
    );
    return (
        <nav class="tabs" aria-label={t('entity.parts')}>
            {tab(own, t('entity.settings'))}
            {children.map((child) => tab(`${own}/${child.nested}`, entityTitle(child.entity)))}
        </nav>
    );
}

interface FactsProps {
    place: Place;
    row: Row;
}

function Facts({ place, row }: FactsProps) {
    const where = `${place.list}${path`/${String(row['id'])}`}`;
    return (
        <dl class="facts">
            <div>
                <dt>id</dt>
                <dd class="mono">{String(row['id'])}</dd>
            </div>
            {['created_at', 'updated_at'].map((name) =>
                typeof row[name] === 'number' ? (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>{formatTime(row[name])}</dd>
                    </div>
                ) : null,
            )}
            <div>
                <dt>{t('copy.as')}</dt>
                <dd class="row">
                    <CopyButton text={() => asCurl(apiAddress(), where, row)}>{t('copy.curl')}</CopyButton>
                    <CopyButton text={() => asJson(row)}>{t('copy.json')}</CopyButton>
                    <CopyButton text={() => asYaml(place.entity, row)}>{t('copy.yaml')}</CopyButton>
                </dd>
            </div>
        </dl>
    );
}

export function EntityPage({ place }: { place: Place & { id: string } }) {
    const where = place.list + path`/${place.id}`;
    const loaded = useLoad(async () => {
        const answer = await api.get<Row>(where);
        return { answer, schema: await formSchema(place.entity, answer.body['name']) };
    }, [where]);
    const [saved, setSaved] = useState<Answer<Row> | null>(null);
    const [isDeleting, setDeleting] = useState(false);
    const current = saved ?? loaded.data?.answer;
    const name = current && loaded.data ? nameOf(current.body, loaded.data.schema) : place.id;
    useEffect(() => {
        document.title = `${name} · ${t('app.title')}`;
    }, [name]);

    if (loaded.error)
        return (
            <>
                <h1>{entityTitle(place.entity)}</h1>
                <ErrorNote error={loaded.error} onRetry={loaded.reload} />
            </>
        );
    if (!loaded.data || !current) return <Loading />;
    const { schema } = loaded.data;
    return (
        <>
            <header class="page-head">
                <h1>
                    <bdi class="wrap">{name}</bdi> <span class="kind">{entityTitle(place.entity)}</span>
                </h1>
                <Button kind="danger" onClick={() => setDeleting(true)}>{t('ui.delete')}</Button>
            </header>
            {place.parent ? null : <Tabs entity={place.entity} collection={place.list.slice(1)} id={place.id} />}
            <Facts place={place} row={current.body} />
            <EntityForm
                schema={schema}
                row={loaded.data.answer}
                path={where}
                hidden={hiddenFields(place, schema)}
                onSaved={(answer) => {
                    forgetRef(place.entity, String(answer.body['id']));
                    setSaved(answer);
                }}
            />
            {isDeleting ? (
                <DeleteEntity
                    place={place}
                    row={current.body}
                    name={name}
                    etag={current.etag}
                    onClose={() => setDeleting(false)}
                    onDeleted={() => {
                        isHeld.value = false;
                        go(place.list);
                    }}
                />
            ) : null}
        </>
    );
}
