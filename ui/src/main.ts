import { mount } from 'svelte';
// First, so that the sheets of steps and places come after what they build on.
import './style/tokens.css';
import './style/base.css';
import './style/fields.css';
import './style/shell.css';
import App from './App.svelte';
import type { Host } from './host/host';
import { FIRST_LOCALE, language } from './i18n/language.svelte';

async function pickHost(): Promise<Host> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./host/tauri')).tauriHost();
  return (await import('./host/loopback')).loopbackHost();
}

async function start(): Promise<void> {
  const target = document.getElementById('app');
  // Below the floor, floor.js has put a plain page in its place.
  if (target === null) return;
  const [host] = await Promise.all([pickHost(), language.choose(FIRST_LOCALE)]);
  mount(App, { target, props: { host } });
}

void start();
