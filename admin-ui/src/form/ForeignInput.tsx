// SPDX-License-Identifier: Apache-2.0
// ForeignInput.tsx - another row, by name or id; names are proposed by the server's search while one types.
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, path, type Row } from '../api.ts';
import { t } from '../i18n.ts';
import { meta, schemaOf } from '../meta.ts';
import { refName } from '../refs.ts';
import { link } from '../router.ts';
import { keyField } from './schema.ts';
import { ownError, partError, partLabel, type InputProps } from './types.ts';

interface Hit {
    entity: string;
    id: string;
    name: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PAUSE_MS = 150;

async function search(entity: string, text: string): Promise<Hit[]> {
    const { body } = await api.get<{ data: Hit[] }>(path`/search?q=${text}&entity=${entity}&size=20`);
    return body.data.filter((hit) => hit.entity === entity);
}

/** What was typed as a reference: an id, or the field that rows of this kind go by. */
async function reference(entity: string, text: string, hits: Hit[]): Promise<Row | null> {
    const hit = hits.find(({ name }) => name === text);
    if (text === '') return null;
    if (hit) return { id: hit.id };
    if (UUID.test(text)) return { id: text };
    const key = keyField(await schemaOf(entity));
    return { [key ?? 'id']: text };
}

export function ForeignInput(props: InputProps) {
    const entity = props.schema.reference ?? '';
    const value = props.value as Row | null | undefined;
    const id = typeof value?.['id'] === 'string' ? value['id'] : null;
    const [text, setText] = useState(id === null ? String(Object.values(value ?? {})[0] ?? '') : refName(entity, id).value);
    const [hits, setHits] = useState<Hit[]>([]);
    const isTyping = useRef(false);
    const pause = useRef<ReturnType<typeof setTimeout>>(undefined);

    useSignalEffect(() => {
        const name = id === null ? null : refName(entity, id).value;
        if (name !== null && !isTyping.current) setText(name);
    });
    useEffect(() => {
        if (!isTyping.current) setText(id === null ? '' : refName(entity, id).value);
    }, [id]);
    useEffect(() => () => clearTimeout(pause.current), []);

    const onInput = (typed: string) => {
        isTyping.current = true;
        setText(typed);
        void reference(entity, typed, hits).then(props.onInput);
        clearTimeout(pause.current);
        if (typed === '') return;
        pause.current = setTimeout(() => {
            search(entity, typed).then(
                (found) => {
                    setHits(found);
                    const exact = found.find(({ name }) => name === typed);
                    if (exact) props.onInput({ id: exact.id });
                },
                () => setHits([]),
            );
        }, PAUSE_MS);
    };
    const collection = meta.value?.collectionOf.get(entity);
    const error = ownError(props.error) ?? Object.values((props.error as Row | undefined) ?? {})[0] ?? partError(props.error, 'id');
    return (
        <div class="row">
            <input
                id={props.id}
                list={`${props.id}-list`}
                value={text}
                dir="auto"
                autocomplete="off"
                spellcheck={false}
                aria-label={partLabel(props)}
                aria-describedby={props.describedBy}
                aria-invalid={error ? true : undefined}
                placeholder={t('form.foreign')}
                onInput={(event) => onInput(event.currentTarget.value)}
                onBlur={() => {
                    isTyping.current = false;
                }}
            />
            <datalist id={`${props.id}-list`}>
                {hits.map((hit) => (
                    <option key={hit.id} value={hit.name}>{hit.id}</option>
                ))}
            </datalist>
            {id !== null && collection ? <a href={link(path`/${collection}/${id}`)}>{t('form.open')}</a> : null}
        </div>
    );
}
