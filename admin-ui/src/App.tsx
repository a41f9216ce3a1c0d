// SPDX-License-Identifier: Apache-2.0
// App.tsx - the shell around every screen: navigation, language, colours, notices.
import { useEffect, useRef } from 'preact/hooks';
import { entityTitle, MAIN } from './entities/names.ts';
import { lang, setLang, t, type Lang } from './i18n.ts';
import { loadMeta, meta, type Meta } from './meta.ts';
import { leave, link, match, route, wanted } from './router.ts';
import { Search } from './screens/Search.tsx';
import { screens, type Screen } from './screens.ts';
import { setTheme, theme, themes, type Theme } from './theme.ts';
import { Button } from './ui/Button.tsx';
import { Dialog } from './ui/Dialog.tsx';
import { ErrorNote } from './ui/ErrorNote.tsx';
import { useLoad } from './ui/load.ts';
import { Loading } from './ui/Loading.tsx';
import { NoScreen } from './ui/NoScreen.tsx';
import { Toasts } from './ui/Toast.tsx';

function find(path: string): { screen: Screen; params: Record<string, string> } | null {
    for (const screen of screens) {
        const params = match(screen.pattern, path);
        if (params) return { screen, params };
    }
    return null;
}

/** In narrow windows the navigation is a strip that scrolls. */
const bringIntoView = (node: Element | null) => node?.scrollIntoView({ block: 'nearest', inline: 'center' });

function NavLink({ to, text }: { to: string; text: string }) {
    const { path } = route.value;
    const isHere = path === to || (to !== '/' && path.startsWith(`${to}/`));
    return (
        <li>
            <a ref={isHere ? bringIntoView : null} href={link(to)} aria-current={isHere ? 'page' : undefined}>{text}</a>
        </li>
    );
}

/** Entities that stand on their own, of plugins too; those below a consumer are found there. */
function otherCollections(known: Meta): string[] {
    const below = new Set(known.children.map((child) => child.entity));
    const isScreen = (collection: string) => find(`/${collection}`)?.screen.pattern === `/${collection}`;
    return [...known.entityOf]
        .filter(([collection, entity]) => !MAIN.includes(entity) && !below.has(entity) && !isScreen(collection))
        .map(([collection]) => collection);
}

function Navigation({ known }: { known: Meta }) {
    const own = (place: Screen['inNav']) =>
        screens.filter(({ inNav }) => inNav === place).map(({ pattern, title }) => <NavLink key={pattern} to={pattern} text={t(title)} />);
    const others = otherCollections(known);
    return (
        <nav class="main-nav" aria-label={t('app.menu')}>
            <ul>{own('first')}</ul>
            <ul>
                {MAIN.filter((entity) => known.collectionOf.has(entity)).map((entity) => (
                    <NavLink key={entity} to={`/${known.collectionOf.get(entity)}`} text={entityTitle(entity)} />
                ))}
            </ul>
            {others.length > 0 ? (
                <ul aria-label={t('app.more')}>
                    {others.map((collection) => (
                        <NavLink key={collection} to={`/${collection}`} text={entityTitle(known.entityOf.get(collection) ?? '')} />
                    ))}
                </ul>
            ) : null}
            <ul>{own('last')}</ul>
        </nav>
    );
}

const languages: Record<Lang, string> = { en: 'English', 'zh-CN': '简体中文' };
const themeTitles = { auto: 'app.theme.auto', light: 'app.theme.light', dark: 'app.theme.dark' } as const;

function Preferences() {
    return (
        <div class="preferences">
            <select aria-label={t('app.language')} value={lang.value} onChange={(e) => setLang(e.currentTarget.value as Lang)}>
                {Object.entries(languages).map(([code, name]) => (
                    <option key={code} value={code} lang={code}>{name}</option>
                ))}
            </select>
            <select aria-label={t('app.theme')} value={theme.value} onChange={(e) => setTheme(e.currentTarget.value as Theme)}>
                {themes.map((name) => (
                    <option key={name} value={name}>{t(themeTitles[name])}</option>
                ))}
            </select>
        </div>
    );
}

function Leaving() {
    if (wanted.value === null) return null;
    const stay = () => {
        wanted.value = null;
    };
    return (
        <Dialog
            title={t('app.leave')}
            onClose={stay}
            actions={
                <>
                    <Button kind="danger" onClick={leave}>{t('app.discard')}</Button>
                    <Button kind="primary" onClick={stay}>{t('app.stay')}</Button>
                </>
            }
        >
            <p>{t('app.leaveText')}</p>
        </Dialog>
    );
}

/** After a change of screen the keyboard goes on from its top. */
function Content() {
    const main = useRef<HTMLElement>(null);
    const isFirst = useRef(true);
    const { path } = route.value;
    const found = find(path);
    const title = found?.screen.title;
    useEffect(() => {
        document.title = [...(title && title !== 'entity.rows' ? [t(title)] : []), t('app.title')].join(' · ');
        if (!isFirst.current) main.current?.focus();
        isFirst.current = false;
    }, [path]);
    const Component = found?.screen.component;
    return (
        <main id="content" ref={main} tabIndex={-1}>
            {Component && found ? <Component params={found.params} /> : <NoScreen />}
        </main>
    );
}

export function App() {
    const known = useLoad(loadMeta, []);
    return (
        <>
            <a class="skip" href="#content" onClick={(event) => {
                event.preventDefault();
                document.getElementById('content')?.focus();
            }}>
                {t('app.skip')}
            </a>
            <header class="top">
                <a class="brand" href={link('/')}>{t('app.title')}</a>
                {meta.value ? <Search /> : null}
                <Preferences />
            </header>
            {meta.value ? (
                <div class="body">
                    <Navigation known={meta.value} />
                    <Content />
                </div>
            ) : (
                <main id="content" tabIndex={-1}>
                    {known.error ? <ErrorNote error={known.error} onRetry={known.reload} /> : <Loading />}
                </main>
            )}
            <Leaving />
            <Toasts />
        </>
    );
}
