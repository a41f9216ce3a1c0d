// SPDX-License-Identifier: Apache-2.0
// Search.tsx - rows of all entities by a part of what they are known by. Ctrl+K or / opens it on any screen.
import { signal, useSignal } from '@preact/signals';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { api, path, type Row } from '../api.ts';
import { entityTitle } from '../entities/names.ts';
import { formatNumber, t } from '../i18n.ts';
import { meta } from '../meta.ts';
import { go } from '../router.ts';
import { ErrorNote } from '../ui/ErrorNote.tsx';

const SIZE = 30;
const WAIT_MS = 150;

interface Hit {
    entity: string;
    id: string;
    name: string | null;
    matched: string;
}

const isOpen = signal(false);

const isEditing = (target: EventTarget | null) =>
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;

/** The button in the bar, and the dialog. One of them stands on the page. */
export function Search() {
    useEffect(() => {
        const open = (event: KeyboardEvent) => {
            const isShortcut = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
            const isSlash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isEditing(event.target);
            if ((!isShortcut && !isSlash) || document.querySelector('dialog[open]')) return;
            event.preventDefault();
            isOpen.value = true;
        };
        addEventListener('keydown', open);
        return () => removeEventListener('keydown', open);
    }, []);
    return (
        <>
            <button
                type="button"
                class="search"
                aria-keyshortcuts="Control+K /"
                onClick={() => {
                    isOpen.value = true;
                }}
            >
                {t('search.open')} <kbd aria-hidden="true">{t('search.keys')}</kbd>
            </button>
            {isOpen.value ? <SearchDialog onClose={() => { isOpen.value = false; }} /> : null}
        </>
    );
}

/** Where a hit leads to. Rows that stand below others only (a credential) are found through them. */
async function placeOfHit(hit: Hit): Promise<string> {
    const collection = meta.value?.collectionOf.get(hit.entity);
    const below = meta.value?.children.filter((child) => child.entity === hit.entity) ?? [];
    if (!collection || below.length === 0 || meta.value?.children.some((child) => child.parent === hit.entity))
        return path`/${collection ?? hit.entity}/${hit.id}`;
    const row = (await api.get<Row>(path`/${collection}/${hit.id}`)).body;
    for (const { parent, nested } of below) {
        const parents = meta.value?.collectionOf.get(parent);
        const reference = Object.values(row).find((value, i) => isReference(value) && Object.keys(row)[i] === parent.replace(/s$/, ''));
        if (parents && reference) return path`/${parents}/${(reference as Row)['id'] as string}/${nested}/${hit.id}`;
    }
    return path`/${collection}/${hit.id}`;
}
const isReference = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).join() === 'id';

function useHits(typed: string) {
    const hits = useSignal<Hit[] | null>(null);
    const error = useSignal<unknown>(null);
    useEffect(() => {
        const asked = typed.trim();
        let isCurrent = true;
        if (asked === '') {
            hits.value = error.value = null;
            return;
        }
        const timer = setTimeout(async () => {
            try {
                const { body } = await api.get<{ data: Hit[] }>(`/search?${new URLSearchParams({ q: asked, size: String(SIZE) })}`);
                if (isCurrent) hits.value = body.data;
                if (isCurrent) error.value = null;
            } catch (failure) {
                if (isCurrent) error.value = failure;
            }
        }, WAIT_MS);
        return () => {
            isCurrent = false;
            clearTimeout(timer);
        };
    }, [typed]);
    return { hits: hits.value, error: error.value };
}

function SearchDialog({ onClose }: { onClose: () => void }) {
    const dialog = useRef<HTMLDialogElement>(null);
    const list = useId();
    const typed = useSignal('');
    const at = useSignal(0);
    const failure = useSignal<unknown>(null);
    const { hits, error } = useHits(typed.value);
    // before the next key: what is typed at once after the shortcut is all of it meant for the field
    useLayoutEffect(() => {
        dialog.current?.showModal();
        return () => dialog.current?.close();
    }, []);
    useEffect(() => {
        document.getElementById(`${list}-${at.value}`)?.scrollIntoView({ block: 'nearest' });
    }, [at.value, hits]);

    const open = async (hit: Hit | undefined) => {
        if (!hit) return;
        try {
            const to = await placeOfHit(hit);
            onClose();
            go(to);
        } catch (problem) {
            failure.value = problem;
        }
    };
    const press = (event: KeyboardEvent) => {
        const n = hits?.length ?? 0;
        const steps: Record<string, number> = { ArrowDown: at.value + 1, ArrowUp: at.value - 1 };
        const step = steps[event.key];
        if (step !== undefined && n > 0) {
            event.preventDefault();
            at.value = (step + n) % n;
        } else if (event.key === 'Enter') {
            event.preventDefault();
            void open(hits?.[at.value]);
        }
    };
    return (
        <dialog
            ref={dialog}
            class="search-dialog"
            aria-label={t('search.title')}
            onCancel={(event) => {
                event.preventDefault();
                onClose();
            }}
            onClick={(event) => {
                if (event.target === dialog.current) onClose();
            }}
        >
            <input
                type="text"
                role="combobox"
                aria-label={t('search.label')}
                aria-expanded={Boolean(hits?.length)}
                aria-controls={list}
                aria-autocomplete="list"
                aria-activedescendant={hits?.length ? `${list}-${at.value}` : undefined}
                placeholder={t('search.label')}
                spellcheck={false}
                autocomplete="off"
                value={typed}
                onInput={(event) => {
                    typed.value = event.currentTarget.value;
                    at.value = 0;
                }}
                onKeyDown={press}
            />
            <ErrorNote error={failure.value ?? error} />
            <ul id={list} role="listbox" aria-label={t('search.title')}>
                {(hits ?? []).map((hit, i) => (
                    <li
                        key={hit.id}
                        id={`${list}-${i}`}
                        role="option"
                        aria-selected={i === at.value}
                        onMouseMove={() => {
                            at.value = i;
                        }}
                        onClick={() => void open(hit)}
                    >
                        <span class="entity">{entityTitle(hit.entity)}</span>
                        <bdi class="what">{hit.name ?? hit.id}</bdi>
                        <span class="help">{t('search.matched', { field: hit.matched })}</span>
                    </li>
                ))}
            </ul>
            <p class="help" role="status">{sayFound(hits)}</p>
        </dialog>
    );
}

function sayFound(hits: Hit[] | null): string {
    if (hits === null) return t('search.hint');
    if (hits.length === 0) return t('search.none');
    return t(hits.length < SIZE ? 'search.found' : 'search.first', { n: formatNumber(hits.length) });
}
