// SPDX-License-Identifier: Apache-2.0
// FirstRun.tsx - a first service behind the gateway: what to protect, who may call, and the line that proves it.
import { useSignal, type Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { api, ApiError, path } from '../api.ts';
import { formatTime, t, type Key } from '../i18n.ts';
import { go, link } from '../router.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { describedBy, Field } from '../ui/Field.tsx';
import { useLoad } from '../ui/load.ts';
import { Loading } from '../ui/Loading.tsx';
import { SecretList } from '../ui/SecretList.tsx';
import { ask } from './Explain.tsx';
import {
    accessPlugin, makeDocument, makeRequest, proxyAddress, readUpstream, suggestName, tokenClaims, type Access, type Choice, type Made,
} from './first_steps.ts';
import type { Root } from './health.ts';
import { faultsOf } from './plan.ts';
import { formatCurl, type Request } from './shell.ts';
import { canSign, signToken } from './token.ts';
import { outcomeOf, questionOf, type Explained } from './verdicts.ts';

const accesses: readonly Access[] = ['open', 'key', 'basic', 'jwt'];
const accessNames: Record<Access, Key> = { open: 'first.open', key: 'first.key', basic: 'first.basic', jwt: 'first.jwt' };
const accessHelp: Record<Access, Key> = {
    open: 'first.openHelp', key: 'first.keyHelp', basic: 'first.basicHelp', jwt: 'first.jwtHelp',
};

interface Done {
    choice: Choice;
    made: Made;
    /** What the request carries: the key, the password, a token; null where anybody may call. */
    proof: string | null;
    /** When a token ends, seconds. */
    until: number | null;
}

export function FirstRun() {
    const root = useLoad(async () => (await api.get<Root>('/')).body, []);
    const done = useSignal<Done | null>(null);
    if (root.error) return <ErrorNote error={root.error} onRetry={root.reload} />;
    if (!root.data) return <Loading />;
    if (root.data.configuration.database === 'off') return <ReadOnly />;
    if (done.value) return <Try {...done.value} root={root.data} onAgain={() => { done.value = null; }} />;
    return <Questions root={root.data} onDone={(result) => { done.value = result; }} />;
}

function ReadOnly() {
    return (
        <>
            <h1>{t('first.title')}</h1>
            <p class="note info">{t('first.readOnly')}</p>
            <p><a class="button" href={link('/declarative')}>{t('first.toDeclarative')}</a></p>
        </>
    );
}

// ---- the questions ----

interface TextProps {
    at: Signal<string>;
    /** Until something is typed. */
    suggestion?: string;
    label: string;
    help?: string;
    error?: string | null;
    placeholder?: string;
}

function Text({ at, suggestion = '', label, help, error = null, placeholder }: TextProps) {
    const id = useId();
    return (
        <Field id={id} label={label} help={help} error={error} required>
            <input
                id={id}
                class="mono"
                value={at.value || suggestion}
                placeholder={placeholder}
                spellcheck={false}
                autocomplete="off"
                aria-invalid={error ? true : undefined}
                aria-describedby={describedBy(id, help, error)}
                onInput={(event) => {
                    at.value = event.currentTarget.value;
                }}
            />
        </Field>
    );
}

/** What the gateway says of one field of one of the rows in the document. */
function faultOf(error: unknown, ...fields: string[]): string | null {
    if (!(error instanceof ApiError)) return null;
    const faults = faultsOf(error.fields);
    const found = faults.filter((fault) => fields.some((field) => new RegExp(`(^|[.\\]])${field}(\\[\\d+\\])?: `).test(fault)));
    if (error.status === 409) return found.length ? t('error.conflict') : null; // its fields hold what is taken
    return found.map((fault) => fault.replace(/^\S+: /, '')).join('; ') || null;
}

async function prove(choice: Choice, made: Made): Promise<Pick<Done, 'proof' | 'until'>> {
    if (choice.access !== 'jwt' || made.secret === null) return { proof: made.secret, until: null };
    const claims = tokenClaims(made, Math.floor(Date.now() / 1000));
    return { proof: await signToken(claims, made.secret), until: claims.exp };
}

function Questions({ root, onDone }: { root: Root; onDone: (done: Done) => void }) {
    const upstream = useSignal(''), name = useSignal(''), where = useSignal(''), who = useSignal('');
    const access = useSignal<Access>('key');
    const error = useSignal<unknown>(null);
    const isBad = useSignal(false);
    const isBusy = useSignal(false);
    const loaded = root.configuration.loaded_plugins ?? {};
    const isLoaded = (plugin: string | null) => plugin === null || loaded[plugin];
    const offered = accesses.filter((one) => isLoaded(accessPlugin[one]) && (one !== 'jwt' || canSign()));

    const create = async (event: Event) => {
        event.preventDefault();
        isBad.value = readUpstream(upstream.value) === null;
        if (isBad.value || isBusy.value) return;
        isBusy.value = true;
        const service = name.value || suggestName(upstream.value);
        const choice: Choice = {
            upstream: upstream.value,
            name: service,
            path: where.value || `/${service}`,
            access: access.value,
            who: who.value || `${service}-caller`,
        };
        const made = makeDocument(choice);
        try {
            await api.post('/declarative/apply', made.document);
            onDone({ choice, made, ...(await prove(choice, made)) });
        } catch (failure) {
            error.value = failure;
            isBusy.value = false;
        }
    };
    const suggested = upstream.value ? name.value || suggestName(upstream.value) : '';
    const placed = [faultOf(error.value, 'url', 'host', 'port'), faultOf(error.value, 'name'), faultOf(error.value, 'paths'), faultOf(error.value, 'username')];
    return (
        <form class="guide words stack" noValidate onSubmit={create}>
            <h1>{t('first.title')}</h1>
            <p class="help">{t('first.intro')}</p>
            <Text
                at={upstream}
                label={t('first.upstream')}
                help={t('first.upstreamHelp')}
                placeholder={t('first.upstreamExample')}
                error={isBad.value ? t('first.upstreamBad') : placed[0]}
            />
            <Text at={name} suggestion={suggested} label={t('first.name')} help={t('first.nameHelp')} error={placed[1]} />
            <Text at={where} suggestion={suggested && `/${suggested}`} label={t('first.path')} help={t('first.pathHelp')} error={placed[2]} />
            <fieldset>
                <legend>{t('first.access')}</legend>
                {offered.map((one) => (
                    <label key={one} class="choice">
                        <input
                            type="radio"
                            name="access"
                            value={one}
                            checked={access.value === one}
                            onChange={() => {
                                access.value = one;
                            }}
                        />
                        <span>{t(accessNames[one])}<small class="help">{t(accessHelp[one])}</small></span>
                    </label>
                ))}
            </fieldset>
            {access.value === 'open' ? null : (
                <Text at={who} suggestion={suggested && `${suggested}-caller`} label={t('first.who')} error={placed[3]} />
            )}
            {placed.some(Boolean) ? null : (
                <ErrorNote error={error.value} details={error.value instanceof ApiError ? faultsOf(error.value.fields) : []} />
            )}
            <div class="actions">
                <Button type="submit" kind="primary" isBusy={isBusy.value}>{t('first.create')}</Button>
            </div>
        </form>
    );
}

// ---- the line that proves it ----

function Try({ choice, made, proof, until, root, onAgain }: Done & { root: Root; onAgain: () => void }) {
    const id = useId();
    const known = proxyAddress(root.configuration.proxy_listeners ?? [], location.hostname);
    const proxy = useSignal(known ?? `${location.protocol}//${location.hostname}:8000`);
    const request = makeRequest(choice, proxy.value, proof);
    const line = formatCurl(request, '-i', ...(proxy.value.startsWith('https:') ? ['-k'] : []));
    return (
        <div class="guide words stack">
            <h1>{t('first.done')}</h1>
            {made.secret ? <p class="note warning">{t('first.secretOnce')}</p> : null}
            <h2>{t('first.try')}</h2>
            <p>{t('first.curl')}</p>
            <div class="line">
                <pre class="code" tabIndex={0} id="curl">{line}</pre>
                <CopyButton text={line} />
            </div>
            {choice.access === 'open' ? (
                <p><a href={request.url} target="_blank" rel="noopener noreferrer">{t('first.openTab')}</a></p>
            ) : null}
            <Field id={id} label={t('first.address')}>
                <input
                    id={id}
                    class="mono"
                    value={proxy}
                    spellcheck={false}
                    onInput={(event) => {
                        proxy.value = event.currentTarget.value;
                    }}
                />
            </Field>
            {until !== null && made.secret ? (
                <section class="panel stack">
                    <p>{t('first.tokenUntil', { time: formatTime(until) })}</p>
                    <SecretList secrets={[['iss', made.issuer], ['secret', made.secret]]} />
                </section>
            ) : null}
            <h2>{t('first.expect')}</h2>
            <p class="help">{t('first.expectHelp')}</p>
            <dl class="pairs" id="expected">
                <Expected label={t(made.secret ? 'first.with' : 'first.plain')} request={request} />
                {made.secret ? <Expected label={t('first.without')} request={makeRequest(choice, proxy.value, null)} /> : null}
            </dl>
            <h2>{t('first.next')}</h2>
            <div class="actions start">
                <a class="button" href={link(path`/services/${made.serviceId}`)}>{t('first.toService')}</a>
                <Button
                    onClick={() => {
                        ask(request);
                        go('/explain');
                    }}
                >
                    {t('first.toExplain')}
                </Button>
                <Button onClick={onAgain}>{t('first.again')}</Button>
            </div>
        </div>
    );
}

function Expected({ label, request }: { label: string; request: Request }) {
    const said = useLoad(async () => (await api.post<Explained>('/debug/explain', questionOf(request, ''))).body, [JSON.stringify(request)]);
    if (said.error) return <><dt>{label}</dt><dd><ErrorNote error={said.error} /></dd></>;
    if (!said.data) return <><dt>{label}</dt><dd><Loading /></dd></>;
    const { outcome, status, reason } = outcomeOf(said.data);
    const isLetThrough = outcome === 'proxied';
    return (
        <>
            <dt>{label}</dt>
            <dd class="wrap">
                <span class={`badge ${isLetThrough ? 'good' : 'bad'}`}>{status ?? '→'}</span>{' '}
                {isLetThrough
                    ? t('first.goesOn', { upstream: said.data.result.upstream ?? '' })
                    : t('first.refused', { status: status ?? '', reason })}
            </dd>
        </>
    );
}
