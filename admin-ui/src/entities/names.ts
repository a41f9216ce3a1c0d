// SPDX-License-Identifier: Apache-2.0
// names.ts - what to call entities; one that came with somebody's plugin is called as it calls itself.
import { t, type Key } from '../i18n.ts';

const titles: Record<string, Key> = {
    services: 'entity.services',
    routes: 'entity.routes',
    consumers: 'entity.consumers',
    plugins: 'entity.plugins',
    upstreams: 'entity.upstreams',
    targets: 'entity.targets',
    certificates: 'entity.certificates',
    snis: 'entity.snis',
    ca_certificates: 'entity.ca_certificates',
    revocations: 'entity.revocations',
    sessions: 'entity.sessions',
    jwt_secrets: 'entity.jwt_secrets',
    keyauth_credentials: 'entity.keyauth_credentials',
    basicauth_credentials: 'entity.basicauth_credentials',
    acls: 'entity.acls',
};

export function entityTitle(entity: string): string {
    const key = titles[entity];
    return key ? t(key) : entity;
}

/** These come first, in this order, where the gateway has them. */
export const MAIN = ['services', 'routes', 'consumers', 'plugins', 'upstreams', 'certificates', 'snis', 'ca_certificates'];
