import type { ScanHint } from '../../../bindings/ipc';

/** How long a code is looked for before anything is said. */
export const PATIENCE_MS = 3_000;
/** How far back frames count. */
const RECENT_MS = 2_000;

/** What keeps the code from being read, by most of the recent frames: one blurred frame says nothing. */
export class Hints {
  #since: number;
  #frames: { readonly at: number; readonly hint: ScanHint | null }[] = [];

  constructor(now: number) {
    this.#since = now;
  }

  /** A frame without a code. */
  missed(hint: ScanHint | null, now: number): void {
    this.#frames = [...this.#frames.filter(({ at }) => now - at <= RECENT_MS), { at: now, hint }];
  }

  /** A code was read, whosever it is: looking for one begins anew. */
  found(now: number): void {
    this.#since = now;
    this.#frames = [];
  }

  /** What to say now. */
  at(now: number): ScanHint | null {
    if (now - this.#since < PATIENCE_MS) return null;
    return majority(this.#frames.map(({ hint }) => hint));
  }
}

/** The hint that more than half of the frames give. */
export function majority(hints: readonly (ScanHint | null)[]): ScanHint | null {
  const all: readonly ScanHint[] = ['too_dark', 'too_far', 'blurred'];
  return all.find((hint) => hints.filter((each) => each === hint).length * 2 > hints.length) ?? null;
}
