// The lens in the page, for phones: on desktops frames and pictures go down to Rust instead. Load it with
// `import()` when the scanner opens, so that nothing of it is in the first chunk. Why: docs/adr/0011.
import type { CodesView } from '../bindings/ipc';
import { LensError } from './lens-error';
import type { Line } from './line';
import { lineTo } from './line';
import { greyPicture } from './picture';

export { LensError } from './lens-error';
export type { LensFailure } from './lens-error';

/** A frame of a running camera. */
export type CameraFrame = {
  readonly width: number;
  readonly height: number;
  /** Goes up by one with each frame: each number has something else tried. */
  readonly turn: number;
  /** One byte of brightness a pixel, by rows. */
  readonly luma: Uint8Array;
};

/** A frame takes some 60 ms on a phone; one that takes this long hangs. */
const FRAME_LIMIT_MS = 5_000;
/** No stage of a picture is begun after 2 s, and the longest takes a fraction of that. */
const PICTURE_LIMIT_MS = 10_000;

// A glob, so that a build without the file works: it is made by `cargo xtask wasm`.
const modules = import.meta.glob<string>('./lens.wasm', { query: '?url', import: 'default', eager: true });

let line: Line | undefined;

/**
 * Reads the codes in a frame of a running camera. One at a time: wait for the answer and drop the frames
 * in between. The bytes move to the worker, so that `frame.luma` is empty afterwards.
 *
 * Rejects with a `LensError`. What is read is untrusted text: hand it down, never show or open it.
 */
export async function readFrame({ turn, ...frame }: CameraFrame): Promise<CodesView> {
  return theLine().read(frame, { kind: 'live', turn }, FRAME_LIMIT_MS);
}

/** Reads the codes in a picture file; corners are in the picture's own pixels. As `readFrame` otherwise. */
export async function readPicture(file: Blob | Uint8Array): Promise<CodesView> {
  const reader = theLine();
  const { frame, scale } = await greyPicture(file);
  const { codes, hint } = await reader.read(frame, { kind: 'photo' }, PICTURE_LIMIT_MS);
  const outward = (side: number): number => Math.round(side * scale);
  return {
    codes: codes.map(({ text, corners }) => ({
      text,
      corners: corners.map(({ x, y }) => ({ x: outward(x), y: outward(y) })),
    })),
    hint,
  };
}

/** One worker for the whole page. Throws a `LensError` where there can be none. */
function theLine(): Line {
  if (line !== undefined) return line;
  const [module] = Object.values(modules);
  if (module === undefined) throw new LensError('unavailable', 'this build has no lens for the page');
  if (typeof WebAssembly === 'undefined' || typeof Worker === 'undefined') {
    throw new LensError('unavailable', 'this web view runs no WebAssembly or no workers');
  }
  const hire = (): Worker => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return (line = lineTo(hire, new URL(module, location.href).href));
}
