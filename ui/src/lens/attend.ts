import type { Decoder } from './decoder';
import type { Ask, Told } from './messages';
import { reasonOf } from './messages';

/** Where the worker gets what it needs: from the network and the web view, or from a test. */
export type Supplies = {
  compile(url: string): Promise<WebAssembly.Module>;
  startDecoder(module: WebAssembly.Module): Promise<Decoder>;
};

/** Answers what the page asks, one thing after the other; never throws. */
export function attendant(supplies: Supplies): (ask: Ask) => Promise<Told> {
  let module: WebAssembly.Module | undefined;
  let decoder: Decoder | undefined;

  async function start(url: string): Promise<Told> {
    try {
      module = await supplies.compile(url);
      decoder = await supplies.startDecoder(module);
      return { kind: 'ready' };
    } catch (error) {
      return { kind: 'unavailable', reason: reasonOf(error) };
    }
  }

  return async (ask) => {
    if (ask.kind === 'start') return start(ask.url);
    if (module === undefined) return { kind: 'unavailable', reason: 'asked to read before it was started' };
    try {
      decoder ??= await supplies.startDecoder(module);
      return decoder.read(ask.frame, ask.effort);
    } catch (error) {
      // A trap leaves the memory as it was in the middle of something.
      decoder = undefined;
      return { kind: 'lost', reason: reasonOf(error) };
    }
  };
}
