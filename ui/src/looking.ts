/**
 * Looks again, one question at a time. Events in quick succession lead to one more look, not to many,
 * and an older answer never arrives after a newer one. Resolves when the last look is done.
 */
export function looking(look: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;

  async function lookUntilStill(): Promise<void> {
    try {
      do {
        again = false;
        await look();
      } while (again);
    } finally {
      running = undefined;
    }
  }

  return () => {
    if (running === undefined) running = lookUntilStill();
    else again = true;
    return running;
  };
}
