/**
 * Why nothing was read.
 *
 * - `unavailable`: this page cannot decode at all; show the other ways to enter a branch.
 * - `refused`: this frame or picture can hold no code, or is too large.
 * - `gave_up`: the decoder hung or broke on this one and has been replaced; the next may well be read.
 */
export type LensFailure = 'unavailable' | 'refused' | 'gave_up';

/** Nothing was read; `message` is for a log, in English. */
export class LensError extends Error {
  readonly failure: LensFailure;

  constructor(failure: LensFailure, reason: string) {
    super(reason);
    this.name = 'LensError';
    this.failure = failure;
  }
}
