import type { CodesView } from '../bindings/ipc';

/** Brightness by rows from the top left: 0 black, 255 white, one byte a pixel, no padding. */
export type GreyFrame = {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
};

/** How much a frame is worth: a frame of a running camera by its number, or a picture of which there is only one. */
export type Effort = { readonly kind: 'live'; readonly turn: number } | { readonly kind: 'photo' };

/** What the page asks the worker for, one thing at a time: first the address of the module, then frames. */
export type Ask =
  | { readonly kind: 'start'; readonly url: string }
  | { readonly kind: 'read'; readonly frame: GreyFrame; readonly effort: Effort };

/** What the worker tells, once for each `Ask`. Every reason is for a log, in English. */
export type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'read'; readonly view: CodesView }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string };

/** An error as a reason. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}
