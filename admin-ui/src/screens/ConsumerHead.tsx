// SPDX-License-Identifier: Apache-2.0
// ConsumerHead.tsx - whose screen this is, and the tabs of what else there is of this consumer.
import { Tabs } from '../entities/EntityPage.tsx';
import { entityTitle } from '../entities/names.ts';
import { refName } from '../refs.ts';

export function ConsumerHead({ id }: { id: string }) {
    return (
        <>
            <header class="page-head">
                <h1>
                    <bdi class="wrap">{refName('consumers', id).value}</bdi> <span class="kind">{entityTitle('consumers')}</span>
                </h1>
            </header>
            <Tabs entity="consumers" collection="consumers" id={id} />
        </>
    );
}
