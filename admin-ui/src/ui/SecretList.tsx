// SPDX-License-Identifier: Apache-2.0
// SecretList.tsx - values that are shown once, each by its name and with a button that copies it.
import { t } from '../i18n.ts';
import { CopyButton } from './CopyButton.tsx';

export function SecretList({ secrets }: { secrets: [string, string][] }) {
    return (
        <dl class="secrets">
            {secrets.map(([name, value]) => (
                <div key={name}>
                    <dt>{name}</dt>
                    <dd class="row">
                        <code class="wrap">{value}</code>
                        <CopyButton text={value} label={t('copy.one', { name })} />
                    </dd>
                </div>
            ))}
        </dl>
    );
}
