// SPDX-License-Identifier: Apache-2.0
// NoScreen.tsx - for addresses that lead nowhere here.
import { t } from '../i18n.ts';

export function NoScreen() {
    return <h1 class="empty">{t('app.noScreen')}</h1>;
}
