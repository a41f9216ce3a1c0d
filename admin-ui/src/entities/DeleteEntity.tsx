// SPDX-License-Identifier: Apache-2.0
// DeleteEntity.tsx - tells what goes with a row or keeps it from going, asks for its name, deletes this version of it.
import { api, path, type Row } from '../api.ts';
import { fieldsOf } from '../form/schema.ts';
import { t } from '../i18n.ts';
import { meta, schemaOf, type Meta } from '../meta.ts';
import { forgetRef } from '../refs.ts';
import { ConfirmByName } from '../ui/ConfirmByName.tsx';
import { useLoad } from '../ui/load.ts';
import { Loading } from '../ui/Loading.tsx';
import { entityTitle } from './names.ts';
import { childrenOf, type Place } from './place.ts';

const COUNT_TO = 100;

/** They go with it, lose their meaning without it, or keep it. */
type Fate = 'taken' | 'left' | 'keeps';
const fates: Record<string, Fate> = { cascade: 'taken', leave: 'left' };
const fateTold = { taken: 'delete.taken', left: 'delete.left', keeps: 'delete.keeps' } as const;

interface Dependent {
    entity: string;
    count: string;
    fate: Fate;
}

async function dependents(entity: string, id: string, known: Meta): Promise<Dependent[]> {
    const collection = known.collectionOf.get(entity);
    if (!collection) return [];
    const counted = await Promise.all(
        childrenOf(entity, known).map(async (child) => {
            const [page, schema] = await Promise.all([
                api.list(path`/${collection}/${id}/${child.nested}`, { size: COUNT_TO }),
                schemaOf(child.entity),
            ]);
            const reference = fieldsOf(schema).find(([, field]) => field.reference === entity)?.[1];
            const count = `${page.data.length}${page.offset ? '+' : ''}`;
            return { entity: child.entity, count, fate: fates[reference?.on_delete ?? ''] ?? 'keeps' };
        }),
    );
    return counted.filter(({ count }) => count !== '0');
}

interface Props {
    place: Place;
    row: Row;
    name: string;
    etag: string | null;
    onClose: () => void;
    onDeleted: () => void;
}

export function DeleteEntity({ place, row, name, etag, onClose, onDeleted }: Props) {
    const id = String(row['id']);
    const found = useLoad(() => dependents(place.entity, id, meta.value as Meta), [id]);
    const remove = async () => {
        await api.delete(place.list + path`/${id}`, { ifMatch: etag });
        forgetRef(place.entity, id);
        onDeleted();
    };
    return (
        <ConfirmByName title={t('delete.title', { what: entityTitle(place.entity) })} name={name} onConfirm={remove} onClose={onClose}>
            {found.isLoading ? <Loading /> : null}
            {found.data?.length === 0 ? <p>{t('delete.alone')}</p> : null}
            {found.data?.map(({ entity, count, fate }) => (
                <p key={entity} class={fate}>
                    {t(fateTold[fate], { count, what: entityTitle(entity) })}
                </p>
            ))}
        </ConfirmByName>
    );
}
