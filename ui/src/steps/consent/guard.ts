/**
 * How long a consent page must stand before a press counts. Rust holds the same line; here the press
 * is dropped without a word, because it was meant for the page before.
 */
export const SETTLE_MS = 600;

/** Keeps one double tap from giving two consents. */
export class Guard {
  #drawnAt = Number.POSITIVE_INFINITY;

  /** Starts the clock once the page has been painted; returns what cancels it. */
  drawn(): () => void {
    this.#drawnAt = Number.POSITIVE_INFINITY;
    let cancelled = false;
    requestAnimationFrame(() => {
      if (!cancelled) this.#drawnAt = performance.now();
    });
    return () => {
      cancelled = true;
    };
  }

  /** Whole milliseconds since the page was painted. */
  dwellMs(): number {
    return Math.max(0, Math.floor(performance.now() - this.#drawnAt));
  }

  /** Whether a press was meant for this page: not the second of a double tap, not before it could be read. */
  admits(event: MouseEvent): boolean {
    return event.detail <= 1 && performance.now() - this.#drawnAt >= SETTLE_MS;
  }
}
