// SPDX-License-Identifier: Apache-2.0
// main.tsx - where the page begins.
import { render } from 'preact';
import { App } from './App.tsx';
import { startRouter } from './router.ts';

startRouter();
render(<App />, document.getElementById('app') as HTMLElement);
