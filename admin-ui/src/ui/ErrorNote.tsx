// SPDX-License-Identifier: Apache-2.0
// ErrorNote.tsx - what went wrong, in the server's words where it had any, and what to do about it.
import { ApiError } from '../api.ts';
import { t, type Key } from '../i18n.ts';
import { Button } from './Button.tsx';

/** What a status means to somebody at this page. */
const meanings: Record<number, Key> = {
    0: 'error.lost',
    401: 'error.unauthorized',
    403: 'error.forbidden',
    404: 'error.notFound',
    409: 'error.conflict',
    412: 'error.changed',
    503: 'error.unavailable',
};

interface Props {
    error: unknown;
    onRetry?: () => void;
    /** Errors of fields that have no place of their own. */
    details?: string[];
}

export function ErrorNote({ error, onRetry, details = [] }: Props) {
    if (!error) return null;
    const known = error instanceof ApiError ? error : null;
    const meaning = known ? meanings[known.status] : undefined;
    const said = error instanceof Error ? error.message : String(error);
    return (
        <div class="note error" role="alert">
            <p>
                <strong>{t(meaning ?? 'error.refused')}</strong>
                {known && known.status > 0 ? <span class="status">{known.status}</span> : null}
            </p>
            {said ? <p class="said">{said}</p> : null}
            {details.length > 0 ? (
                <ul>
                    {details.map((detail) => (
                        <li key={detail}>{detail}</li>
                    ))}
                </ul>
            ) : null}
            {onRetry ? <Button onClick={onRetry}>{t('ui.retry')}</Button> : null}
        </div>
    );
}
