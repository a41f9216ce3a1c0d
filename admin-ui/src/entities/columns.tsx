// SPDX-License-Identifier: Apache-2.0
// columns.tsx - what lists show of a row. Which fields there are, the schema says; the lines below only prefer some.
import type { ComponentChildren } from 'preact';
import { path, type Row } from '../api.ts';
import { editableFields, fieldsOf, nameOf, type FieldSchema, type Schema } from '../form/schema.ts';
import { formatTime, t } from '../i18n.ts';
import { meta } from '../meta.ts';
import { refName } from '../refs.ts';
import { link } from '../router.ts';
import type { Column } from '../ui/Table.tsx';

const MOST = 6;
const preferred: Record<string, string[]> = {
    services: ['protocol', 'host', 'port', 'path', 'enabled', 'tags'],
    routes: ['methods', 'hosts', 'paths', 'service', 'protocols', 'tags'],
    consumers: ['custom_id', 'tags'],
    plugins: ['service', 'route', 'consumer', 'enabled', 'tags'],
    upstreams: ['algorithm', 'hash_on', 'slots', 'tags'],
    targets: ['weight', 'tags'],
    certificates: ['snis', 'tags', 'created_at'],
    ca_certificates: ['created_at', 'tags'],
    jwt_secrets: ['algorithm', 'tags'],
    keyauth_credentials: ['ttl', 'tags'],
};

export function RefLink({ entity, id }: { entity: string; id: string }) {
    const collection = meta.value?.collectionOf.get(entity);
    const name = <bdi>{refName(entity, id).value}</bdi>;
    return collection ? <a href={link(path`/${collection}/${id}`)}>{name}</a> : name;
}

/** Text of rows is only ever text. */
export function showValue(value: unknown, field: FieldSchema): ComponentChildren {
    if (value === null || value === undefined) return <span class="nothing">–</span>;
    if (field.type === 'boolean') return value ? t('form.yes') : <span class="off">{t('form.no')}</span>;
    if (field.timestamp && typeof value === 'number') return formatTime(value);
    if (field.type === 'foreign') return <RefLink entity={field.reference ?? ''} id={String((value as Row)['id'])} />;
    if (Array.isArray(value))
        return value.map((item, i) => (
            <bdi class="tag" key={i}>{typeof item === 'object' ? JSON.stringify(item) : String(item)}</bdi>
        ));
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return <bdi>{text.includes('\n') ? `${text.split('\n', 1)[0]} …` : text}</bdi>;
}

const isShort = (field: FieldSchema) => !['map', 'record'].includes(field.type) && !field.encrypted;

/** The name first, as a link to the row; the reference to the parent that the screen stands below is left out. */
export function columnsOf(entity: string, schema: Schema, hrefOf: (row: Row) => string, parent?: string): Column<Row>[] {
    const fields = new Map(fieldsOf(schema).filter(([, field]) => isShort(field)));
    const wanted = (preferred[entity] ?? editableFields(schema).map(([name]) => name).slice(0, MOST)).filter((name) => {
        const field = fields.get(name);
        return field && !(field.type === 'foreign' && field.reference === parent);
    });
    const title = [...fields.keys()].find((name) => name !== 'id' && nameOf({ [name]: name }, schema) === name) ?? 'id';
    return [
        {
            title,
            class: 'name',
            cell: (row) => (
                <a href={link(hrefOf(row))}>
                    <bdi>{nameOf(row, schema)}</bdi>
                </a>
            ),
        },
        ...wanted
            .filter((name) => name !== title)
            .map((name): Column<Row> => {
                const field = fields.get(name) as FieldSchema;
                return { title: name, class: field.type === 'integer' ? 'number' : '', cell: (row) => showValue(row[name], field) };
            }),
    ];
}
