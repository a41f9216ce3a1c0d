// SPDX-License-Identifier: Apache-2.0
// health.ts - what `/status` says, and whether that is good.
import type { Row } from '../api.ts';

export interface Child {
    pid: number;
    state: string;
    generation: number;
}

export interface Warning {
    code: string;
    message: string;
    entity: string;
    id: string | null;
}

export interface Cache {
    entries: number;
    bytes: number;
    max_bytes?: number;
    hits?: number;
    misses?: number;
    evictions?: number;
}

export interface Status {
    server: Record<string, number>;
    memory: { workers_lua_vms: { pid: number; http_allocated_gc: string }[] };
    database?: { reachable: boolean };
    gateway?: {
        generation: number;
        database: { state: 'up' | 'down' | 'off'; driver?: string; since?: number };
        counts?: Record<string, number>;
        /** What was not counted to its end: there are more rows than `counts` says. */
        more_than?: string[];
        caches: Record<string, Cache>;
        children: Child[];
        warnings: Warning[];
    };
}

export interface Root extends Row {
    version: string;
    hostname: string;
    node_id: string;
    configuration: {
        database: string;
        loaded_plugins?: Record<string, boolean>;
        proxy_listeners?: { ip: string; port: number; ssl: boolean }[];
    };
}

export interface Health {
    isGood: boolean;
    isDatabaseAway: boolean;
    /** Children that are at work without what is in force. */
    nbehind: number;
    nchildren: number;
}

export function healthOf(status: Status): Health {
    const gateway = status.gateway;
    const atWork = gateway?.children.filter((child) => child.state === 'ready' || child.state === 'degraded') ?? [];
    const nbehind = atWork.filter((c) => c.state === 'degraded' || c.generation < (gateway?.generation ?? 0)).length;
    const isDatabaseAway = status.database?.reachable === false || gateway?.database.state === 'down';
    return { isGood: !isDatabaseAway && nbehind === 0, isDatabaseAway, nbehind, nchildren: atWork.length };
}

/** 0..1; null before anything was looked up. */
export function hitRate(cache: Cache): number | null {
    const n = (cache.hits ?? 0) + (cache.misses ?? 0);
    return n > 0 ? (cache.hits ?? 0) / n : null;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB'];

export function formatBytes(bytes: number): string {
    const power = bytes > 0 ? Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1) : 0;
    const n = bytes / 2 ** (10 * power);
    return `${n < 10 && power > 0 ? n.toFixed(1) : Math.round(n)} ${UNITS[power]}`;
}
