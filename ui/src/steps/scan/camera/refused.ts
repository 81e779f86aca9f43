import type { Problem } from '../../../bindings/ipc';

/**
 * How long a refused code is known, and its words stand after it left the view. Then it may be tried
 * again: the bank's list may have come meanwhile.
 */
export const REMEMBERED_MS = 4_000;

/** Codes that were refused a moment ago: they are not sent down with every frame. In memory only. */
export class Refused {
  #known = new Map<string, { readonly problem: Problem; readonly until: number }>();

  /** Why all these were refused; nothing when one of them is new. */
  problemOf(texts: readonly string[], now: number): Problem | null {
    const known = texts.map((text) => this.#known.get(text));
    return known.every((each) => each !== undefined && now < each.until) ? (known[0]?.problem ?? null) : null;
  }

  refuse(texts: readonly string[], problem: Problem, now: number): void {
    for (const [text, { until }] of this.#known) if (until <= now) this.#known.delete(text);
    for (const text of texts) this.#known.set(text, { problem, until: now + REMEMBERED_MS });
  }
}
