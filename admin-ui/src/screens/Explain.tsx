// SPDX-License-Identifier: Apache-2.0
// Explain.tsx - a request in, what would become of it out: the outcome first, then the route, each plugin, the answer.
import { batch, signal, useSignal, type Signal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { api, type Row } from '../api.ts';
import { t, type Key } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { describedBy, Field } from '../ui/Field.tsx';
import { fieldError } from './field_error.ts';
import { RowLink } from './RowLink.tsx';
import { formatCurl, parseCurl, toBase64, type Request } from './shell.ts';
import {
    formatHeaders, moodOf, outcomeOf, parseHeaders, questionOf, type Candidate, type Explained, type Turn,
} from './verdicts.ts';

type With = 'nothing' | 'key' | 'token' | 'basic';
const withs: readonly With[] = ['nothing', 'key', 'token', 'basic'];
const withNames: Record<With, Key> = {
    nothing: 'explain.withNothing', key: 'explain.withKey', token: 'explain.withToken', basic: 'explain.withBasic',
};
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** What is typed stays while other screens are looked at. */
const form = {
    method: signal('GET'),
    url: signal(''),
    headers: signal(''),
    body: signal(''),
    clientIp: signal(''),
    credential: signal<With>('nothing'),
    secret: signal(''),
    user: signal(''),
};

/** Fill the form with a request; other screens do, before they lead here. */
export function ask(request: Request) {
    batch(() => {
        form.method.value = request.method;
        form.url.value = request.url;
        form.headers.value = formatHeaders(request.headers);
        form.body.value = request.body ?? '';
        form.credential.value = 'nothing';
    });
}

function credentialHeaders(): [string, string][] {
    const { credential, secret, user } = form;
    switch (credential.value) {
        case 'key':
            return [['apikey', secret.value.trim()]];
        case 'token':
            return [['Authorization', `Bearer ${secret.value.trim()}`]];
        case 'basic':
            return [['Authorization', `Basic ${toBase64(`${user.value}:${secret.value}`)}`]];
        default:
            return [];
    }
}

function typedRequest(): Request {
    return {
        method: form.method.value.trim().toUpperCase() || 'GET',
        url: form.url.value.trim(),
        headers: [...parseHeaders(form.headers.value), ...credentialHeaders()],
        body: form.body.value || null,
    };
}

export function Explain() {
    const answer = useSignal<Explained | null>(null);
    const error = useSignal<unknown>(null);
    const isBusy = useSignal(false);
    const run = async (event: Event) => {
        event.preventDefault();
        if (isBusy.value) return;
        isBusy.value = true;
        try {
            const question = questionOf(typedRequest(), form.clientIp.value.trim());
            answer.value = (await api.post<Explained>('/debug/explain', question)).body;
            error.value = null;
        } catch (failure) {
            error.value = failure;
        }
        isBusy.value = false;
    };
    return (
        <>
            <h1>{t('explain.title')}</h1>
            <p class="help">{t('explain.intro')}</p>
            <form class="panel words stack" onSubmit={run}>
                <Question error={error.value} />
                <div class="actions">
                    <CopyButton text={() => formatCurl(typedRequest(), '-i')}>{t('explain.copyCurl')}</CopyButton>
                    <Button type="submit" kind="primary" isBusy={isBusy.value}>{t('explain.run')}</Button>
                </div>
            </form>
            <ErrorNote error={error.value} />
            {answer.value && !error.value ? <Said said={answer.value} /> : null}
        </>
    );
}

// ---- the question ----

interface TextProps {
    at: Signal<string>;
    label: string;
    help?: string;
    error?: string | null;
    rows?: number;
    isSecret?: boolean;
    list?: string;
    required?: boolean;
    onPaste?: (event: ClipboardEvent) => void;
}

function Text({ at, label, help, error = null, rows, isSecret = false, list, required = false, onPaste }: TextProps) {
    const id = useId();
    const props = {
        id,
        required,
        value: at,
        spellcheck: false,
        autocomplete: 'off',
        class: 'mono',
        'aria-invalid': error ? true : undefined,
        'aria-describedby': describedBy(id, help, error),
        onPaste,
        onInput: (event: { currentTarget: { value: string } }) => {
            at.value = event.currentTarget.value;
        },
    };
    return (
        <Field id={id} label={label} help={help} error={error} required={required}>
            {rows ? <textarea {...props} rows={rows} /> : isSecret ? <input {...props} type="password" /> : <input {...props} list={list} />}
        </Field>
    );
}

function Question({ error }: { error: unknown }) {
    const methods = useId(), credential = useId();
    const paste = (event: ClipboardEvent) => {
        const request = parseCurl(event.clipboardData?.getData('text') ?? '');
        if (!request) return;
        event.preventDefault();
        ask(request);
    };
    return (
        <>
            <Text
                at={form.url}
                label={t('explain.url')}
                help={t('explain.urlHelp')}
                error={fieldError(error, 'url')}
                required
                onPaste={paste}
            />
            <Text at={form.method} label={t('explain.method')} list={methods} error={fieldError(error, 'method')} />
            <datalist id={methods}>{METHODS.map((name) => <option key={name} value={name} />)}</datalist>
            <Field id={credential} label={t('explain.with')}>
                <select
                    id={credential}
                    value={form.credential}
                    onChange={(event) => {
                        form.credential.value = event.currentTarget.value as With;
                    }}
                >
                    {withs.map((one) => <option key={one} value={one}>{t(withNames[one])}</option>)}
                </select>
            </Field>
            {form.credential.value === 'basic' ? <Text at={form.user} label={t('explain.user')} /> : null}
            {form.credential.value === 'basic' ? <Text at={form.secret} label={t('explain.password')} isSecret /> : null}
            {form.credential.value === 'key' ? <Text at={form.secret} label={t('explain.key')} /> : null}
            {form.credential.value === 'token' ? <Text at={form.secret} label={t('explain.token')} rows={3} /> : null}
            <details open={form.headers.value !== '' || form.body.value !== '' || Boolean(fieldError(error, 'headers'))}>
                <summary>{t('explain.more')}</summary>
                <Text at={form.headers} label={t('explain.headers')} rows={3} error={fieldError(error, 'headers')} />
                <Text at={form.body} label={t('explain.body')} rows={3} error={fieldError(error, 'body')} />
                <Text
                    at={form.clientIp}
                    label={t('explain.clientIp')}
                    help={t('explain.clientIpHelp')}
                    error={fieldError(error, 'client_ip')}
                />
            </details>
        </>
    );
}

// ---- the answer ----

function Said({ said }: { said: Explained }) {
    return (
        <section class="stack" aria-live="polite">
            <Outcome said={said} />
            <h2>{t('explain.route')}</h2>
            <dl class="pairs">
                <dt>{t('explain.route')}</dt>
                <dd>{said.route ? <RowLink entity="routes" row={said.route} /> : t('explain.routeNone')}</dd>
                <dt>{t('explain.service')}</dt>
                <dd>{said.service ? <RowLink entity="services" row={said.service} /> : t('explain.routeNone')}</dd>
                {said.why ? <><dt>{t('explain.why')}</dt><dd class="wrap">{said.why}</dd></> : null}
            </dl>
            <Candidates list={said.candidates ?? []} chosen={said.route?.['id']} />
            <h2>{t('explain.plugins')}</h2>
            {said.plugins?.length ? (
                <ol class="turns">{said.plugins.map((turn, i) => <TurnItem key={i} turn={turn} />)}</ol>
            ) : (
                <p class="help">{t('explain.noPlugins')}</p>
            )}
            {said.result.status !== null ? (
                <>
                    <h2>{t('explain.answer')}</h2>
                    <pre tabIndex={0} class="code">
                        {typeof said.result.body === 'string' ? said.result.body : JSON.stringify(said.result.body, null, 2)}
                    </pre>
                </>
            ) : null}
        </section>
    );
}

function Outcome({ said }: { said: Explained }) {
    const { outcome, by, status, reason } = outcomeOf(said);
    const params = { status: status ?? '', plugin: by?.name ?? '', upstream: said.result.upstream ?? '' };
    const isLetThrough = outcome === 'proxied' || outcome === 'local';
    const headlines: Record<typeof outcome, Key> = {
        proxied: 'explain.proxied',
        local: 'explain.local',
        unrouted: 'explain.unrouted',
        refused: by ? 'explain.refusedBy' : 'explain.refused',
        answered: by ? 'explain.answeredBy' : 'explain.answered',
    };
    return (
        <div class={`note ${isLetThrough ? 'good' : outcome === 'answered' ? 'info' : 'error'}`} id="outcome">
            <p><strong>{t(headlines[outcome], params)}</strong></p>
            {outcome === 'proxied' ? <p class="wrap mono">{t('explain.proxiedTo', params)}</p> : null}
            {reason && outcome !== 'unrouted' ? <p class="said wrap">{reason}</p> : null}
            {outcome === 'unrouted' ? <p>{t('explain.unroutedHelp')}</p> : null}
            <p class="help">{sayWho(said)}</p>
        </div>
    );
}

function sayWho({ consumer }: Explained): string {
    if (!consumer) return t('explain.asNobody');
    const name = String(consumer['username'] ?? consumer['custom_id'] ?? consumer['id']);
    return t(consumer.anonymous ? 'explain.asAnonymous' : 'explain.as', { consumer: name });
}

const criteria = (asksFor: Row): string =>
    Object.entries(asksFor)
        .map(([name, value]) => (Array.isArray(value) ? `${name} ${value.join(', ')}` : `${name} (${criteria(value as Row)})`))
        .join(' · ');

function Candidates({ list, chosen }: { list: Candidate[]; chosen: unknown }) {
    if (list.length < 2) return null;
    return (
        <>
            <h3>{t('explain.candidates')}</h3>
            <ol class="candidates">
                {list.map((route) => (
                    <li key={route.id}>
                        <RowLink entity="routes" row={{ ...route }} />{' '}
                        {route.id === chosen ? <span class="badge good">{t('explain.chosen')}</span> : null}{' '}
                        <span class="help wrap">{t('explain.asksFor')} {criteria(route.asks_for)}</span>
                    </li>
                ))}
            </ol>
        </>
    );
}

const verdictNames: Record<string, Key> = {
    passed: 'explain.verdictPassed', authenticated: 'explain.verdictAuthenticated',
    anonymous: 'explain.verdictAnonymous', refused: 'explain.verdictRefused', answered: 'explain.verdictAnswered',
    'not reached': 'explain.verdictNotReached', 'not asked': 'explain.verdictNotAsked',
    'acts on the answer': 'explain.verdictActs',
};
const scopeNames: Record<string, Key> = {
    global: 'explain.scopeGlobal', location: 'explain.scopeLocation', service: 'explain.service', route: 'explain.route',
    consumer: 'revocations.consumer',
};
/** route+consumer */
const sayScope = (scope: string) =>
    scope.split('+').map((one) => (scopeNames[one] ? t(scopeNames[one] as Key) : one)).join(' + ');

function TurnItem({ turn }: { turn: Turn }) {
    return (
        <li class={`turn ${moodOf(turn.verdict)}`}>
            <p>
                <strong>{turn.id ? <RowLink entity="plugins" row={{ id: turn.id, name: turn.name }} /> : turn.name}</strong>{' '}
                <span class="verdict">{verdictNames[turn.verdict] ? t(verdictNames[turn.verdict] as Key) : turn.verdict}</span>
            </p>
            {turn.reason ? <p class="said wrap">{turn.reason}</p> : null}
            <p class="help">{t('explain.scope')}: {sayScope(turn.scope ?? '')}</p>
            {turn.config ? (
                <details>
                    <summary>{t('explain.config')}</summary>
                    <pre tabIndex={0} class="code">{JSON.stringify(turn.config, null, 2)}</pre>
                </details>
            ) : null}
        </li>
    );
}
