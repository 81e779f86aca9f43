import { lensBelow, lensInPage } from './lens';
import type { Call, Command, Host } from './host';
import { fault, hostOver, isProblem } from './host';

const TOKEN_KEY = 'sanbu-token';
const TOKEN_HEADER = 'x-sanbu-token';

/** Pause before the event stream is opened again after it broke. */
const RECONNECT_MS = 1_000;

/** The largest body that a page may still send while it is being closed (Fetch standard: 64 KiB in flight). */
const KEEPALIVE_MAX_BYTES = 60_000;

/**
 * The same door over loopback HTTP, for browser tests, screenshots and machines without a display.
 * With `?lens=page` codes are read in the page, as on phones.
 */
export function loopbackHost(): Host {
  const token = takeToken();
  const call = caller(token);
  const inPage = new URLSearchParams(location.search).get('lens') === 'page';
  return hostOver(call, inPage ? lensInPage(call) : lensBelow(call), changedStream(token));
}

/** Moves the token from the address bar to this tab's session, so that it is neither seen nor shared. */
export function takeToken(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) {
    sessionStorage.setItem(TOKEN_KEY, given);
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(TOKEN_KEY) ?? '';
}

function caller(token: string): Call {
  return async <T>(command: Command, payload?: object) => {
    const raw = payload instanceof Uint8Array;
    const headers: Record<string, string> = { [TOKEN_HEADER]: token };
    if (payload !== undefined) headers['content-type'] = raw ? 'application/octet-stream' : 'application/json';
    const body = raw ? (payload as Uint8Array<ArrayBuffer>) : payload === undefined ? null : JSON.stringify(payload);
    try {
      const response = await fetch(`/ipc/${command}`, {
        method: 'POST',
        headers,
        body,
        // The last field typed must arrive although the tab is closing.
        keepalive: typeof body === 'string' && body.length < KEEPALIVE_MAX_BYTES,
      });
      const answer: unknown = await response.json();
      if (response.ok) return { ok: true, value: answer as T };
      return { ok: false, problem: isProblem(answer) ? answer : fault(`${command}: HTTP ${String(response.status)}`) };
    } catch (error) {
      return { ok: false, problem: fault(`${command}: ${String(error)}`) };
    }
  };
}

/** One stream for all listeners, open while there is at least one. */
function changedStream(token: string): Host['onChanged'] {
  const listeners = new Set<() => void>();
  let stop: AbortController | undefined;

  function tell(): void {
    for (const listener of [...listeners]) listener();
  }

  async function read(signal: AbortSignal, again: boolean): Promise<void> {
    const response = await fetch('/changed', { headers: { [TOKEN_HEADER]: token }, signal });
    const reader = response.ok ? response.body?.getReader() : undefined;
    if (reader === undefined) return;
    // Something may have changed while the stream was down.
    if (again) tell();
    for (;;) {
      const { done } = await reader.read();
      if (done) return;
      tell();
    }
  }

  async function keepReading(signal: AbortSignal): Promise<void> {
    for (let again = false; !signal.aborted; again = true) {
      try {
        await read(signal, again);
      } catch {
        // The server went away or the stream was stopped; both are seen by the loop.
      }
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  return (listener) => {
    listeners.add(listener);
    if (stop === undefined) {
      stop = new AbortController();
      void keepReading(stop.signal);
    } else listener();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) {
        stop?.abort();
        stop = undefined;
      }
    };
  };
}
