// SPDX-License-Identifier: Apache-2.0
// poll.ts - something asked for again and again while the page is in view: the next time only after an answer, and less
// and less often while there is none.
import { useEffect, useState } from 'preact/hooks';

const SLOWEST = 12; /* times as slow */

export interface Polled<T> {
    /** The last answer; it stays when later ones fail. */
    data?: T;
    /** When it came, milliseconds. */
    at?: number;
    error?: unknown;
}

export function usePolled<T>(load: () => Promise<T>, everyMs: number): Polled<T> {
    const [state, setState] = useState<Polled<T>>({});
    useEffect(() => {
        let timer = 0, failures = 0, isGone = false, isAsking = false;
        const ask = async () => {
            clearTimeout(timer);
            if (document.hidden || isAsking || isGone) return;
            isAsking = true;
            try {
                const data = await load();
                failures = 0;
                if (!isGone) setState({ data, at: Date.now() });
            } catch (error) {
                failures++;
                if (!isGone) setState((old) => ({ ...old, error }));
            }
            isAsking = false;
            if (!isGone) timer = setTimeout(ask, everyMs * Math.min(2 ** failures, SLOWEST));
        };
        void ask();
        document.addEventListener('visibilitychange', ask);
        return () => {
            isGone = true;
            clearTimeout(timer);
            document.removeEventListener('visibilitychange', ask);
        };
    }, []);
    return state;
}
