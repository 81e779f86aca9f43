import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { lensBelow, lensInPage } from './lens';
import type { Command, Host, Result } from './host';
import { fault, hostOver, isProblem } from './host';

/** Phones and tablets, whose web views never send raw bytes. */
const PHONE = /Android|iPhone|iPad/;

/** The real door: commands of the Tauri shell. */
export function tauriHost(): Host {
  return hostOver(call, PHONE.test(navigator.userAgent) ? lensInPage(call) : lensBelow(call), onChanged);
}

async function call<T>(command: Command, payload?: object): Promise<Result<T>> {
  try {
    return { ok: true, value: await invoke<T>(command, argumentsOf(payload)) };
  } catch (refusal) {
    return { ok: false, problem: isProblem(refusal) ? refusal : fault(`${command}: ${String(refusal)}`) };
  }
}

// Bytes travel raw as the whole payload; everything else under the one argument name of our commands.
function argumentsOf(payload: object | undefined): Uint8Array | Record<string, unknown> | undefined {
  if (payload === undefined || payload instanceof Uint8Array) return payload;
  return { request: payload };
}

function onChanged(listener: () => void): () => void {
  const unlisten = listen('changed', listener).then((stop) => {
    // What changed before the shell knew of this listener was told to nobody.
    listener();
    return stop;
  });
  return () => {
    void unlisten.then((stop) => {
      stop();
    });
  };
}
