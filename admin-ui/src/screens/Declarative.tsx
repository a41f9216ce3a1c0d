// SPDX-License-Identifier: Apache-2.0
// Declarative.tsx - the configuration as one text: out as YAML; in, with the difference first, in one transaction.
import { signal, useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { api, apiAddress, ApiError } from '../api.ts';
import { entityTitle } from '../entities/names.ts';
import { formatNumber, t, type Key } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { useLoad } from '../ui/load.ts';
import { Rows, type Column } from '../ui/Table.tsx';
import { notify } from '../ui/Toast.tsx';
import { Difference } from './Changes.tsx';
import type { Root } from './health.ts';
import { countsOf, faultsOf, isIdle, linesOf, type Kind, type Line, type Plan } from './plan.ts';

const LARGEST = 16 * 1024 * 1024;
const MOST_LINES = 500;

/** What is typed stays while other screens are looked at. */
const text = signal('');
const prune = signal(false);

/** As JSON that holds the text, whatever the text is written in. */
const wrap = () => ({ config: text.value });

export function Declarative() {
    const root = useLoad(async () => (await api.get<Root>('/')).body, []);
    return (
        <>
            <h1>{t('declarative.title')}</h1>
            <p class="help">{t('declarative.intro')}</p>
            <Export />
            <Import isFile={root.data?.configuration.database === 'off'} />
        </>
    );
}

function Export() {
    const error = useSignal<unknown>(null);
    const edit = async () => {
        try {
            text.value = (await api.get<string>('/declarative/export')).body;
            error.value = null;
        } catch (failure) {
            error.value = failure;
        }
    };
    return (
        <section class="panel stack">
            <h2>{t('declarative.export')}</h2>
            <p class="help">{t('declarative.exportHelp')}</p>
            <div class="actions">
                <Button onClick={edit}>{t('declarative.edit')}</Button>
                <a class="button" href={`${apiAddress()}/declarative/export`} download="gateway.yml">
                    {t('declarative.download')}
                </a>
            </div>
            <ErrorNote error={error.value} />
        </section>
    );
}

function Import({ isFile }: { isFile: boolean }) {
    const id = useId();
    const plan = useSignal<Plan | null>(null);
    const compared = useSignal('');
    const error = useSignal<unknown>(null);
    const isBusy = useSignal(false);
    const isAsking = useSignal(false);
    const isStale = plan.value !== null && compared.value !== text.value;
    const willPrune = isFile || prune.value;

    const compare = async () => {
        const asked = text.value;
        plan.value = (await api.post<Plan>('/declarative/diff', wrap())).body;
        compared.value = asked;
    };
    const attempt = async (work: () => Promise<void>) => {
        isBusy.value = true;
        try {
            await work();
            error.value = null;
        } catch (failure) {
            error.value = failure;
        }
        isBusy.value = isAsking.value = false;
    };
    const apply = async () => {
        if (isFile) {
            await api.post('/config', wrap());
            notify(t('declarative.replaced'));
        } else {
            const { body, warnings } = await api.post<Plan>(`/declarative/apply${prune.value ? '?prune=true' : ''}`, wrap());
            for (const warning of warnings) notify(warning, true);
            const { create, update, delete: gone } = countsOf(body);
            notify(t('declarative.applied', { create, update, delete: prune.value ? gone : 0 }));
        }
        await compare();
    };
    const open = async (file: File | undefined) => {
        if (!file) return;
        if (file.size > LARGEST) notify(t('declarative.tooLarge'), true);
        else text.value = await file.text();
    };
    return (
        <section class="panel stack">
            <h2>{t('declarative.import')}</h2>
            <div class="bar">
                <label for={id}>{t('declarative.text')}</label>
                <label class="button file">
                    {t('declarative.file')}
                    <input
                        type="file"
                        class="unseen"
                        accept=".yml,.yaml,.json"
                        onChange={(event) => void open(event.currentTarget.files?.[0])}
                    />
                </label>
            </div>
            <textarea
                id={id}
                class="mono text"
                rows={16}
                spellcheck={false}
                value={text}
                onInput={(event) => {
                    text.value = event.currentTarget.value;
                }}
            />
            <ErrorNote error={error.value} details={error.value instanceof ApiError ? faultsOf(error.value.fields) : []} />
            <div class="actions">
                <Button
                    kind={plan.value && !isStale ? undefined : 'primary'}
                    isBusy={isBusy.value}
                    disabled={text.value.trim() === ''}
                    onClick={() => void attempt(compare)}
                >
                    {t('declarative.compare')}
                </Button>
            </div>
            {plan.value && !error.value ? (
                <>
                    <PlanView plan={plan.value} willPrune={willPrune} />
                    {isStale ? <p class="note warning" role="status">{t('declarative.changedSince')}</p> : null}
                    <div class="actions">
                        {isFile ? null : (
                            <label class="check">
                                <input
                                    type="checkbox"
                                    checked={prune}
                                    onChange={(event) => {
                                        prune.value = event.currentTarget.checked;
                                    }}
                                />
                                {t('declarative.prune')}
                            </label>
                        )}
                        <Button
                            kind="primary"
                            disabled={isStale || isIdle(plan.value, willPrune)}
                            onClick={() => {
                                isAsking.value = true;
                            }}
                        >
                            {t('declarative.apply')}
                        </Button>
                    </div>
                </>
            ) : null}
            {isAsking.value && plan.value ? (
                <Ask plan={plan.value} isFile={isFile} isBusy={isBusy.value} onApply={() => void attempt(apply)} onClose={() => { isAsking.value = false; }} />
            ) : null}
        </section>
    );
}

function Summary({ plan, willPrune }: { plan: Plan; willPrune: boolean }) {
    const n = countsOf(plan);
    return (
        <ul class="summary">
            <li class={n.create ? 'good' : ''}>{t('declarative.create', { n: formatNumber(n.create) })}</li>
            <li class={n.update ? 'info' : ''}>{t('declarative.update', { n: formatNumber(n.update) })}</li>
            <li class={willPrune && n.delete ? 'bad' : ''}>
                {t(willPrune ? 'declarative.deletePruned' : 'declarative.delete', { n: formatNumber(n.delete) })}
            </li>
            <li>{t('declarative.unchanged', { n: formatNumber(n.unchanged) })}</li>
        </ul>
    );
}

interface AskProps {
    plan: Plan;
    isFile: boolean;
    isBusy: boolean;
    onApply: () => void;
    onClose: () => void;
}

function Ask({ plan, isFile, isBusy, onApply, onClose }: AskProps) {
    return (
        <Dialog
            title={t('declarative.applyTitle')}
            onClose={onClose}
            actions={
                <>
                    <Button onClick={onClose}>{t('ui.cancel')}</Button>
                    <Button kind={isFile || prune.value ? 'danger' : 'primary'} isBusy={isBusy} onClick={onApply}>
                        {t('declarative.apply')}
                    </Button>
                </>
            }
        >
            <Summary plan={plan} willPrune={isFile || prune.value} />
            <p>{t(isFile ? 'declarative.replaceText' : 'declarative.applyText')}</p>
        </Dialog>
    );
}

const kindNames: Record<Kind, Key> = {
    create: 'declarative.kindCreate', update: 'declarative.kindUpdate', delete: 'declarative.kindDelete',
};
const moods: Record<Kind, string> = { create: 'good', update: 'info', delete: 'bad' };

function PlanView({ plan, willPrune }: { plan: Plan; willPrune: boolean }) {
    const lines = linesOf(plan);
    const isKept = (line: Line) => line.kind === 'delete' && !willPrune;
    const columns: Column<Line>[] = [
        {
            title: t('declarative.what'),
            cell: (line) => (
                <span class={`badge ${isKept(line) ? 'quiet' : moods[line.kind]}`}>
                    {t(isKept(line) ? 'declarative.kindKeep' : kindNames[line.kind])}
                </span>
            ),
        },
        {
            title: t('declarative.row'),
            cell: (line) => <>{entityTitle(line.entity)} <b><bdi class="wrap">{line.name ?? line.id}</bdi></b></>,
        },
        {
            title: t('declarative.changes'),
            cell: (line) => (isKept(line) ? <span class="help">{t('declarative.kept')}</span> : <FieldsOf line={line} />),
        },
    ];
    return (
        <section class="stack" aria-live="polite" id="difference">
            <h3>{t('declarative.difference')}</h3>
            <Summary plan={plan} willPrune={willPrune} />
            {lines.length ? (
                <Rows
                    rows={lines.slice(0, MOST_LINES)}
                    columns={columns}
                    caption={t('declarative.difference')}
                    rowKey={(line) => `${line.kind} ${line.entity} ${line.id}`}
                />
            ) : (
                <p class="help">{t('declarative.idle')}</p>
            )}
            {lines.length > MOST_LINES ? (
                <p class="help">{t('declarative.more', { n: formatNumber(lines.length - MOST_LINES) })}</p>
            ) : null}
        </section>
    );
}

function FieldsOf({ line }: { line: Line }) {
    const changes = Object.entries(line.changes ?? {});
    if (changes.length === 0) return null;
    const names = changes.map(([name]) => name).join(', ');
    return (
        <details>
            <summary class="mono">{names}</summary>
            <Difference
                changes={changes.map(([field, { from, to }]) => ({ field, kind: 'changed', before: from, after: to }))}
            />
        </details>
    );
}
