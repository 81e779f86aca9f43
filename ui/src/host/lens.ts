import type { CodesView, ProblemCode } from '../bindings/ipc';
import type { LensError } from '../lens/page-lens';
import type { Call, Host, Result } from './host';
import { fault } from './host';
import { frameBody } from './frame';

/** What reads codes: Rust at the other end of the door, or the same decoder in the page. */
export type Lens = Pick<Host, 'readPicture' | 'readFrame'>;

/** Sends the bytes down. */
export function lensBelow(call: Call): Lens {
  return {
    readPicture: async (picture) => call('read_picture', new Uint8Array(await picture.arrayBuffer())),
    readFrame: (frame) => call('read_frame', frameBody(frame)),
  };
}

/**
 * Reads in the page: on phones, whose door turns bytes into text, a frame on its way down would take too long.
 * Where the page's lens does not run (old web views), a single picture goes down all the same.
 */
export function lensInPage(call: Call): Lens {
  const lens = () => import('../lens/page-lens');
  return {
    readPicture: async (picture) => {
      const seen = await read(async () => (await lens()).readPicture(picture), 'picture_unreadable');
      return !seen.ok && seen.problem.code === 'internal' ? lensBelow(call).readPicture(picture) : seen;
    },
    readFrame: (frame) => read(async () => (await lens()).readFrame(frame), 'malformed'),
  };
}

/** A lens that does not run here is a fault; one that can make nothing of this input gives `refusal`. */
async function read(look: () => Promise<CodesView>, refusal: ProblemCode): Promise<Result<CodesView>> {
  try {
    return { ok: true, value: await look() };
  } catch (error) {
    const problem = fault(`lens: ${String(error)}`);
    const failure = (error as Partial<LensError>).failure;
    return { ok: false, problem: failure === undefined || failure === 'unavailable' ? problem : { ...problem, code: refusal } };
  }
}
