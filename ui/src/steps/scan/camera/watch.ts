import type { CodesView } from '../../../bindings/ipc';
import { roomFor } from '../../../host/frame';
import type { Host } from '../../../host/host';
import { cropOf, greyInto } from './crop';
import { Pace } from './pace';

/** Frames in a row that could not be read before it is given up. */
const MOST_FAILURES = 3;

export type Watcher = {
  readonly read: Host['readFrame'];
  /** What was read in a square of `side` pixels; no further frame is read until it returns. */
  readonly seen: (view: CodesView, side: number) => Promise<void>;
  /** Frames cannot be read here. */
  readonly unable: () => void;
};

/**
 * Reads the frames of a video, one at a time and always the newest, until it is stopped.
 *
 * Frames live in two buffers that are used again and again; none is kept.
 */
export function watch(video: HTMLVideoElement, { read, seen, unable }: Watcher): () => void {
  const pace = new Pace();
  const canvas = document.createElement('canvas');
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  let luma = roomFor(0, 0);
  let turn = 0;
  let failures = 0;
  let busy = false;
  let stopped = false;

  function frame(): void {
    if (stopped) return;
    // Not requestVideoFrameCallback: WebKitGTK 2.50 has it and never calls it for a stream. A camera slower
    // than the pace is then read twice, which is no loss: the decoder tries something else each turn.
    requestAnimationFrame(frame);
    // Not the time that the callback is given: a frame that waited counts from when it is read.
    if (busy || video.videoWidth === 0 || !pace.takes(performance.now())) return;
    busy = true;
    void look().finally(() => (busy = false));
  }

  async function look(): Promise<void> {
    const { left, top, side, out } = cropOf(video.videoWidth, video.videoHeight);
    if (brush === null) return;
    if (canvas.width !== out) canvas.width = canvas.height = out;
    if (luma.length !== out * out) luma = roomFor(out, out);
    brush.drawImage(video, left, top, side, side, 0, 0, out, out);
    greyInto(luma, new Uint32Array(brush.getImageData(0, 0, out, out).data.buffer));

    const sent = performance.now();
    const result = await read({ width: out, height: out, turn: turn++, luma });
    if (stopped) return;
    pace.took(performance.now() - sent);
    if (result.ok) {
      failures = 0;
      await seen(result.value, out);
    } else if (++failures === MOST_FAILURES) unable();
  }

  requestAnimationFrame(frame);
  return () => {
    stopped = true;
  };
}
