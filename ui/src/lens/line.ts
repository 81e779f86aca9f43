import { assertNever } from '../assert-never';
import type { CodesView } from '../bindings/ipc';
import { LensError } from './lens-error';
import type { Ask, Effort, GreyFrame, Told } from './messages';
import { reasonOf } from './messages';

/** Fetching and compiling half a megabyte takes well under a second even on an old phone. */
const START_LIMIT_MS = 10_000;

/** What this file uses of a `Worker`. */
export type LensWorker = Pick<Worker, 'onmessage' | 'onmessageerror' | 'onerror' | 'postMessage' | 'terminate'>;

/** A line to the worker. */
export interface Line {
  /**
   * Has a frame read; the bytes move to the worker, so that `frame.luma` is empty afterwards.
   *
   * Frames are read in the order they come. After `limitMs` the worker is ended and the next frame gets a
   * new one. Rejects with a `LensError`.
   */
  read(frame: GreyFrame, effort: Effort, limitMs: number): Promise<CodesView>;
}

/** A line to workers made by `hire`, the first of them when the first frame comes. */
export function lineTo(hire: () => LensWorker, url: string): Line {
  let worker: LensWorker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function dismiss(): void {
    worker?.terminate();
    worker = undefined;
  }

  async function started(): Promise<LensWorker> {
    if (worker !== undefined) return worker;
    try {
      worker = hire();
      const told = await tell(worker, { kind: 'start', url }, [], START_LIMIT_MS);
      if (told.kind === 'ready') return worker;
      throw new Error('reason' in told ? told.reason : `told ${told.kind}`);
    } catch (error) {
      dismiss();
      throw new LensError('unavailable', `the page's lens did not start: ${reasonOf(error)}`);
    }
  }

  async function readNow(frame: GreyFrame, effort: Effort, limitMs: number): Promise<CodesView> {
    const reader = await started();
    const luma = movable(frame.luma);
    const ask: Ask = { kind: 'read', frame: { width: frame.width, height: frame.height, luma }, effort };
    const told = await tell(reader, ask, [luma.buffer], limitMs).catch((error: unknown) => {
      dismiss();
      throw new LensError('gave_up', reasonOf(error));
    });
    switch (told.kind) {
      case 'read':
        return told.view;
      case 'refused':
        throw new LensError('refused', told.reason);
      case 'lost':
        throw new LensError('gave_up', told.reason);
      case 'ready':
      case 'unavailable':
        dismiss();
        throw new LensError('gave_up', `told ${told.kind} where an answer was due`);
      default:
        return assertNever(told);
    }
  }

  return {
    read: (frame, effort, limitMs) => {
      const mine = last.then(() => readNow(frame, effort, limitMs));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

/** Only a whole buffer can be moved, and one that is shared cannot. */
function movable(luma: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = luma.buffer instanceof ArrayBuffer && luma.byteLength === luma.buffer.byteLength;
  return whole ? (luma as Uint8Array<ArrayBuffer>) : luma.slice();
}

/** One question and its answer; rejects when there is none within `limitMs`. */
function tell(worker: LensWorker, ask: Ask, moved: Transferable[], limitMs: number): Promise<Told> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      settle();
      reject(new Error(`no answer within ${String(limitMs)} ms`));
    }, limitMs);
    const settle = (): void => {
      clearTimeout(timer);
      worker.onmessage = worker.onmessageerror = worker.onerror = null;
    };
    worker.onmessage = (event: MessageEvent<Told>) => {
      settle();
      resolve(event.data);
    };
    worker.onerror = (event) => {
      settle();
      // Without a message when the script itself could not be loaded.
      const message: unknown = event.message;
      reject(new Error(typeof message === 'string' && message !== '' ? message : 'the worker failed'));
    };
    worker.onmessageerror = () => {
      settle();
      reject(new Error('the answer could not be read'));
    };
    try {
      worker.postMessage(ask, moved);
    } catch (error) {
      settle();
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
