// The entry of the worker: everything else is in attend.ts, which needs no worker.
import { attendant } from './attend';
import { startDecoder } from './decoder';
import type { Ask, Told } from './messages';

/** What this file uses of a worker's global scope; the project is typed for pages. */
type Scope = {
  onmessage: ((event: MessageEvent<Ask>) => void) | null;
  postMessage(told: Told): void;
};

// Not `compileStreaming`: not every web view serves the file as application/wasm.
async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${String(response.status)}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

const scope = self as unknown as Scope;
const attend = attendant({ compile, startDecoder });
scope.onmessage = (event) => {
  void attend(event.data).then((told) => {
    scope.postMessage(told);
  });
};
