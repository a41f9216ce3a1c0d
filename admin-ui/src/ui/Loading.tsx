// SPDX-License-Identifier: Apache-2.0
// Loading.tsx - shown by the stylesheet only after a moment, so that quick answers do not flicker.
import { t } from '../i18n.ts';

export function Loading() {
    return (
        <p class="loading" role="status">
            {t('ui.loading')}
        </p>
    );
}
