// SPDX-License-Identifier: Apache-2.0
// Toast.tsx - short notices of what was done; read out by screen readers, gone after a while.
import { signal } from '@preact/signals';
import { t } from '../i18n.ts';

interface Notice {
    id: number;
    text: string;
    /** Notices that warn stay until they are closed. */
    isWarning: boolean;
}

const SHOWN_MS = 5000;
const notices = signal<Notice[]>([]);
let last = 0;

const drop = (id: number) => {
    notices.value = notices.value.filter((notice) => notice.id !== id);
};

export function notify(text: string, isWarning = false) {
    const id = ++last;
    notices.value = [...notices.value.slice(-3), { id, text, isWarning }];
    if (!isWarning) setTimeout(drop, SHOWN_MS, id);
}

export function Toasts() {
    return (
        <div class="toasts" role="status">
            {notices.value.map(({ id, text, isWarning }) => (
                <div key={id} class={isWarning ? 'toast warning' : 'toast'}>
                    <span>{text}</span>
                    <button class="quiet" aria-label={t('ui.close')} onClick={() => drop(id)}>
                        ×
                    </button>
                </div>
            ))}
        </div>
    );
}
