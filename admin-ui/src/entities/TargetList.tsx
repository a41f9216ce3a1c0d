// SPDX-License-Identifier: Apache-2.0
// TargetList.tsx - targets of an upstream with what the balancer thinks of them, and a word in their favour or against.
import { useEffect, useState } from 'preact/hooks';
import { api, path, type Row } from '../api.ts';
import { t, type Key } from '../i18n.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Table, type Column } from '../ui/Table.tsx';
import type { Place } from './place.ts';

const REFRESH_MS = 5000;
const words: Record<string, Key> = {
    HEALTHY: 'health.healthy',
    UNHEALTHY: 'health.unhealthy',
    DNS_ERROR: 'health.dns',
    HEALTHCHECKS_OFF: 'health.off',
};
const marks = { healthy: 'health.markHealthy', unhealthy: 'health.markUnhealthy' } as const;

function Health({ state }: { state: string }) {
    const key = words[state];
    return <span class={`health ${state.toLowerCase()}`}>{key ? t(key) : state}</span>;
}

export function TargetList({ place, columns }: { place: Place; columns: Column<Row>[] }) {
    const [version, setVersion] = useState(0);
    useEffect(() => {
        const timer = setInterval(() => document.hidden || setVersion((n) => n + 1), REFRESH_MS);
        return () => clearInterval(timer);
    }, []);
    const health: Column<Row>[] = [
        { title: t('health.title'), cell: (row) => <Health state={String(row['health'])} /> },
        {
            title: t('health.set'),
            cell: (row) => {
                if (row['health'] === 'HEALTHCHECKS_OFF') return null;
                const verdict = row['health'] === 'HEALTHY' ? 'unhealthy' : 'healthy';
                const text = t(marks[verdict]);
                return (
                    <ActionButton
                        label={`${text} ${String(row['target'])}`}
                        act={() => api.put(place.list + path`/${String(row['id'])}/${verdict}`, {})}
                        onDone={() => setVersion((n) => n + 1)}
                    >
                        {text}
                    </ActionButton>
                );
            },
        },
    ];
    return (
        <Table
            path={path`/upstreams/${place.parent?.id ?? ''}/health`}
            columns={[...columns, ...health]}
            caption={t('entity.targets')}
            empty={t('entity.empty')}
            version={version}
        />
    );
}
