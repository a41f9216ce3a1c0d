// SPDX-License-Identifier: Apache-2.0
// Overview.tsx - how the gateway is: its health in a sentence, then the figures behind it.
import type { ComponentChildren } from 'preact';
import { api } from '../api.ts';
import { entityTitle } from '../entities/names.ts';
import { formatNumber, formatTime, t, type Key } from '../i18n.ts';
import { link } from '../router.ts';
import { ErrorNote } from '../ui/ErrorNote.tsx';
import { Loading } from '../ui/Loading.tsx';
import { Rows, type Column } from '../ui/Table.tsx';
import { formatBytes, healthOf, hitRate, type Cache, type Child, type Root, type Status, type Warning } from './health.ts';
import { usePolled } from './poll.ts';
import { RowLink } from './RowLink.tsx';

const EVERY_MS = 5000;
const MOST_WARNINGS = 50;

const stateNames: Record<string, Key> = {
    starting: 'overview.stateStarting', ready: 'overview.stateReady', degraded: 'overview.stateDegraded',
    stopping: 'overview.stateStopping',
};
const cacheNames: Record<string, Key> = { rows: 'overview.cacheRows', revocations: 'overview.cacheRevocations' };

async function load() {
    const [status, root] = await Promise.all([api.get<Status>('/status'), api.get<Root>('/')]);
    return { status: status.body, root: root.body };
}

export function Overview() {
    const { data, at, error } = usePolled(load, EVERY_MS);
    return (
        <>
            <h1>{t('overview.title')}</h1>
            {error && at ? <p class="note warning" role="alert">{t('overview.stale', { time: formatTime(at / 1000) })}</p> : null}
            {error && !data ? <ErrorNote error={error} /> : null}
            {data ? <Figures {...data} /> : error ? null : <Loading />}
        </>
    );
}

function Figures({ status, root }: { status: Status; root: Root }) {
    const gateway = status.gateway;
    const counts = gateway?.counts ?? {};
    const isEmpty = counts['services'] === 0 && counts['routes'] === 0;
    return (
        <>
            <HealthNote status={status} />
            {isEmpty ? (
                <div class="note invite">
                    <p><strong>{t('overview.emptyTitle')}</strong></p>
                    <p>{t('overview.emptyText')}</p>
                    <p><a class="button primary" href={link('/start')}>{t('overview.begin')}</a></p>
                </div>
            ) : null}
            <dl class="tiles">
                <DatabaseTile status={status} />
                <Tile name={t('overview.generation')} more={t('overview.generationHelp')}>{formatNumber(gateway?.generation ?? 0)}</Tile>
                <Tile
                    name={t('overview.connections')}
                    more={t('overview.connectionsMore', {
                        writing: formatNumber(status.server['connections_writing'] ?? 0),
                        waiting: formatNumber(status.server['connections_waiting'] ?? 0),
                    })}
                >
                    {formatNumber(status.server['connections_active'] ?? 0)}
                </Tile>
                <Tile name={t('overview.requests')}>{formatNumber(status.server['total_requests'] ?? 0)}</Tile>
                {Object.entries(counts).map(([entity, n]) => (
                    <Tile key={entity} name={<a href={link(`/${entity}`)}>{entityTitle(entity)}</a>}>
                        {gateway?.more_than?.includes(entity) ? t('overview.moreThan', { n: formatNumber(n) }) : formatNumber(n)}
                    </Tile>
                ))}
            </dl>
            <Warnings warnings={gateway?.warnings ?? []} />
            <div class="beside">
                <Children status={status} />
                <Caches caches={gateway?.caches ?? {}} />
            </div>
            <p class="small">
                {t('overview.version')} <b>{root.version}</b> · {t('overview.node')} <b>{root.hostname}</b>{' '}
                <span class="mono">{root.node_id}</span>
                {root.configuration.proxy_listeners?.length ? (
                    <>
                        {' · '}{t('overview.listeners')}{' '}
                        {root.configuration.proxy_listeners.map(({ ip, port, ssl }) => (
                            <span key={`${ip} ${port}`} class="mono">{`${ssl ? 'https' : 'http'}://${ip}:${port} `}</span>
                        ))}
                    </>
                ) : null}
            </p>
        </>
    );
}

function HealthNote({ status }: { status: Status }) {
    const health = healthOf(status);
    if (health.isGood)
        return (
            <div class="note good" role="status">
                <p><strong>{t('overview.good')}</strong></p>
                <p>{t(status.database ? 'overview.goodMore' : 'overview.goodFile')}</p>
            </div>
        );
    return (
        <div class="note error" role="alert">
            <p><strong>{t('overview.degraded')}</strong></p>
            {health.isDatabaseAway ? <p>{t('overview.databaseAway')}</p> : null}
            {health.nbehind > 0 ? <p>{t('overview.behind', { n: health.nbehind, all: health.nchildren })}</p> : null}
        </div>
    );
}

function Tile({ name, more, children }: { name: ComponentChildren; more?: string; children: ComponentChildren }) {
    return (
        <div class="tile">
            <dt>{name}</dt>
            <dd>
                <span class="figure">{children}</span>
                {more ? <span class="help">{more}</span> : null}
            </dd>
        </div>
    );
}

const drivers: Record<string, string> = { pgsql: 'Postgres', sqlite3: 'SQLite' };

function DatabaseTile({ status }: { status: Status }) {
    const database = status.gateway?.database;
    if (!database || database.state === 'off')
        return <Tile name={t('overview.database')}>{t('overview.databaseOff')}</Tile>;
    const isUp = !healthOf(status).isDatabaseAway;
    const state = t(isUp ? 'overview.databaseUp' : 'overview.databaseDown');
    return (
        <Tile
            name={t('overview.database')}
            more={`${state} ${t('overview.since', { time: formatTime(database.since ?? 0) })}`}
        >
            {drivers[database.driver ?? ''] ?? database.driver}
        </Tile>
    );
}

function Warnings({ warnings }: { warnings: Warning[] }) {
    const columns: Column<Warning>[] = [
        { title: t('overview.what'), cell: (w) => <><span class="wrap">{w.message}</span> <code class="quiet">{w.code}</code></> },
        { title: t('overview.where'), cell: (w) => (w.id ? <RowLink entity={w.entity} id={w.id} /> : w.entity) },
    ];
    return (
        <section class="stack">
            <h2>{t('overview.warnings')}</h2>
            {warnings.length === 0 ? (
                <p class="help">{t('overview.noWarnings')}</p>
            ) : (
                <Rows
                    rows={warnings.slice(0, MOST_WARNINGS)}
                    columns={columns}
                    caption={t('overview.warnings')}
                    rowKey={(w) => `${w.code} ${w.entity} ${w.id} ${w.message}`}
                />
            )}
            {warnings.length > MOST_WARNINGS ? (
                <p class="help">{t('overview.warningsMore', { n: MOST_WARNINGS, all: formatNumber(warnings.length) })}</p>
            ) : null}
        </section>
    );
}

function Children({ status }: { status: Status }) {
    const memory = new Map(status.memory.workers_lua_vms.map((one) => [one.pid, one.http_allocated_gc]));
    const columns: Column<Child>[] = [
        { title: t('overview.pid'), cell: (c) => <span class="mono">{c.pid}</span> },
        { title: t('overview.state'), cell: (c) => (stateNames[c.state] ? t(stateNames[c.state] as Key) : c.state) },
        { title: t('overview.generation'), cell: (c) => formatNumber(c.generation), class: 'number' },
        { title: t('overview.memory'), cell: (c) => memory.get(c.pid) ?? '', class: 'number' },
    ];
    return (
        <section class="stack">
            <h2>{t('overview.children')}</h2>
            <Rows
                rows={status.gateway?.children ?? []}
                columns={columns}
                caption={t('overview.children')}
                rowKey={(c) => String(c.pid)}
            />
        </section>
    );
}

function Caches({ caches }: { caches: Record<string, Cache> }) {
    const percent = (cache: Cache) => {
        const rate = hitRate(cache);
        return rate === null ? '–' : `${(rate * 100).toFixed(1)} %`;
    };
    const sizeOf = (c: Cache) => `${formatBytes(c.bytes)}${c.max_bytes ? ` / ${formatBytes(c.max_bytes)}` : ''}`;
    const columns: Column<[string, Cache]>[] = [
        { title: t('overview.cache'), cell: ([name]) => (cacheNames[name] ? t(cacheNames[name] as Key) : name) },
        { title: t('overview.entries'), cell: ([, c]) => formatNumber(c.entries), class: 'number' },
        { title: t('overview.size'), cell: ([, c]) => sizeOf(c), class: 'number' },
        { title: t('overview.hitRate'), cell: ([, c]) => percent(c), class: 'number' },
        { title: t('overview.evictions'), cell: ([, c]) => formatNumber(c.evictions ?? 0), class: 'number' },
    ];
    return (
        <section class="stack">
            <h2>{t('overview.caches')}</h2>
            <Rows rows={Object.entries(caches)} columns={columns} caption={t('overview.caches')} rowKey={([name]) => name} />
            <p class="help">{t('overview.cachesOne')}</p>
        </section>
    );
}
