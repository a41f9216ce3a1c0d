// SPDX-License-Identifier: Apache-2.0
// NewEntity.tsx - a new row; of plugins, which one comes first. Secrets that were made are shown once.
import { useState } from 'preact/hooks';
import type { Answer, Row } from '../api.ts';
import { fieldsOf, type Schema } from '../form/schema.ts';
import { t } from '../i18n.ts';
import { enabledPlugins, meta, type Meta } from '../meta.ts';
import { go, link, route } from '../router.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { useLoad } from '../ui/load.ts';
import { Loading } from '../ui/Loading.tsx';
import { SecretList } from '../ui/SecretList.tsx';
import { EntityForm } from './EntityForm.tsx';
import { formSchema, hiddenFields } from './EntityPage.tsx';
import { rowPath, type Place } from './place.ts';

function PluginChoice({ place }: { place: Place }) {
    const plugins = useLoad(enabledPlugins, []);
    if (plugins.error) return <ErrorNote error={plugins.error} onRetry={plugins.reload} />;
    if (!plugins.data) return <Loading />;
    return (
        <nav aria-label={t('plugin.choose')}>
            <p>{t('plugin.choose')}</p>
            <ul class="choices">
                {[...plugins.data].sort().map((name) => (
                    <li key={name}>
                        <a href={link(`${place.list}/new?name=${encodeURIComponent(name)}`)}>{name}</a>
                    </li>
                ))}
            </ul>
        </nav>
    );
}

/** Whoever does not keep them now may never see them again: they can be stored hashed. */
function Secrets({ secrets, onClose }: { secrets: [string, string][]; onClose: () => void }) {
    return (
        <Dialog
            title={t('secret.title')}
            onClose={onClose}
            actions={<Button kind="primary" onClick={onClose}>{t('secret.kept')}</Button>}
        >
            <p>{t('secret.text')}</p>
            <SecretList secrets={secrets} />
        </Dialog>
    );
}

/** Those that came out of the server's hands: made by it, or given and from now on hidden. */
function secretsOf(schema: Schema, row: Row): [string, string][] {
    const fields = fieldsOf(schema).filter(([, field]) => field.auto && !field.uuid && !field.timestamp);
    if (!fields.some(([, field]) => field.encrypted)) return [];
    return fields.flatMap(([name]): [string, string][] => (typeof row[name] === 'string' ? [[name, row[name]]] : []));
}

export function NewEntity({ place }: { place: Place }) {
    const plugin = route.value.query.get('name');
    const needsPlugin = place.entity === 'plugins' && !plugin;
    const schema = useLoad(() => formSchema(place.entity, plugin), [place.entity, plugin]);
    const [made, setMade] = useState<Answer<Row> | null>(null);

    if (needsPlugin) return <PluginChoice place={place} />;
    if (schema.error) return <ErrorNote error={schema.error} onRetry={schema.reload} />;
    if (!schema.data) return <Loading />;
    const open = (row: Row) => go(rowPath(place, String(row['id']), meta.value as Meta));
    const known = schema.data;
    return (
        <>
            {plugin ? <p class="chosen mono">{plugin}</p> : null}
            <EntityForm
                schema={known}
                row={null}
                path={place.list}
                hidden={hiddenFields(place, known)}
                fixed={plugin ? { name: plugin } : {}}
                onSaved={(answer) => (secretsOf(known, answer.body).length ? setMade(answer) : open(answer.body))}
            />
            {made ? <Secrets secrets={secretsOf(known, made.body)} onClose={() => open(made.body)} /> : null}
        </>
    );
}
