// SPDX-License-Identifier: Apache-2.0
// Conflict.tsx - somebody else changed the row: theirs beside yours, field by field, before anything is written.
import type { Draft } from '../form/draft.ts';
import { t } from '../i18n.ts';
import { show } from '../form/types.ts';
import { Button } from '../ui/Button.tsx';
import type { Difference } from './differences.ts';

const text = (value: unknown) => (value === null || value === undefined ? t('form.none') : show(value));

export function Conflict({ draft, found }: { draft: Draft; found: Difference[] }) {
    return (
        <section class="note warning" role="alert" aria-label={t('conflict.title')}>
            <h2>{t('conflict.title')}</h2>
            <p>{t('conflict.text')}</p>
            <div class="table-frame">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{t('conflict.field')}</th>
                            <th scope="col">{t('conflict.before')}</th>
                            <th scope="col">{t('conflict.theirs')}</th>
                            <th scope="col">{t('conflict.yours')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {found.map(({ path, before, theirs, isContested }) => (
                            <tr key={path.join('.')}>
                                <th scope="row" class="mono">{path.join('.')}</th>
                                <td><bdi>{text(before)}</bdi></td>
                                <td><bdi>{text(theirs)}</bdi></td>
                                <td>
                                    {isContested ? (
                                        <>
                                            <bdi>{text(draft.cell(path).value)}</bdi>{' '}
                                            <Button onClick={() => draft.set(path, theirs)} label={t('conflict.takeField', { field: path.join('.') })}>
                                                {t('conflict.take')}
                                            </Button>
                                        </>
                                    ) : (
                                        <span class="nothing">{t('conflict.untouched')}</span>
                                    )}
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </section>
    );
}
