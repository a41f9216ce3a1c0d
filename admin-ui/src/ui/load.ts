// SPDX-License-Identifier: Apache-2.0
// load.ts - something asked for while a component is shown; a late answer to an old question is dropped.
import { useCallback, useEffect, useState } from 'preact/hooks';

interface State<T> {
    data?: T;
    error?: unknown;
    isLoading: boolean;
}

export interface Loaded<T> extends State<T> {
    reload: () => void;
}

/** What was shown before stays until the new answer is here. */
export function useLoad<T>(load: () => Promise<T>, inputs: unknown[]): Loaded<T> {
    const [state, setState] = useState<State<T>>({ isLoading: true });
    const [round, setRound] = useState(0);
    useEffect(() => {
        let isCurrent = true;
        setState((old) => ({ ...old, isLoading: true }));
        load().then(
            (data) => isCurrent && setState({ data, isLoading: false }),
            (error: unknown) => isCurrent && setState({ error, isLoading: false }),
        );
        return () => {
            isCurrent = false;
        };
    }, [...inputs, round]);
    return { ...state, reload: useCallback(() => setRound((n) => n + 1), []) };
}
