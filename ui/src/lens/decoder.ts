import type { CodeView, CodesView, ScanHint } from '../bindings/ipc';
import type { Effort, GreyFrame } from './messages';

/** What a look at one frame gave. */
export type Reading =
  | { readonly kind: 'read'; readonly view: CodesView }
  | { readonly kind: 'refused'; readonly reason: string };

/** One instance of the module. */
export interface Decoder {
  /**
   * Reads the codes in a frame; blocks until it has.
   *
   * When it throws (a trap), this decoder is broken and a new one has to be made.
   */
  read(frame: GreyFrame, effort: Effort): Reading;
}

/** What `crates/lens-wasm` exports: its lib.rs says in which order to call these. */
type Exports = {
  readonly memory: WebAssembly.Memory;
  room(sizeBytes: number): number;
  read_live(width: number, height: number, turn: number): number;
  read_photo(width: number, height: number): number;
  answer(): number;
};

/** First byte of an answer, as in `crates/lens-wasm/src/reply.rs`. */
const REFUSED = 0;

/** The hints by the byte they are written as. */
const HINTS: readonly (ScanHint | null)[] = [null, 'too_dark', 'too_far', 'blurred'];

/** Makes an instance: some milliseconds, as the module is compiled already. */
export async function startDecoder(module: WebAssembly.Module): Promise<Decoder> {
  const page = { now_ms: () => performance.now() };
  const { exports } = await WebAssembly.instantiate(module, { page });
  const lens = exports as unknown as Exports;
  return { read: (frame, effort) => read(lens, frame, effort) };
}

function read(lens: Exports, { width, height, luma }: GreyFrame, effort: Effort): Reading {
  // An address comes as a signed number.
  const room = lens.room(luma.length) >>> 0;
  if (room === 0) return { kind: 'refused', reason: `no memory for a frame of ${String(luma.length)} bytes` };
  // Each time anew: a memory that grew has another buffer.
  new Uint8Array(lens.memory.buffer, room, luma.length).set(luma);
  const length = effort.kind === 'live' ? lens.read_live(width, height, effort.turn) : lens.read_photo(width, height);
  return readingOf(new DataView(lens.memory.buffer, lens.answer() >>> 0, length));
}

/** An answer as `crates/lens-wasm/src/reply.rs` lays it out. */
export function readingOf(answer: DataView): Reading {
  if (answer.getUint8(0) === REFUSED) return { kind: 'refused', reason: textAt(answer, 1, answer.byteLength - 1) };
  const codes: CodeView[] = [];
  let at = 3;
  for (let left = answer.getUint8(2); left > 0; left -= 1) {
    const corners = [0, 8, 16, 24].map((corner) => ({
      x: answer.getInt32(at + corner, true),
      y: answer.getInt32(at + corner + 4, true),
    }));
    const length = answer.getUint32(at + 32, true);
    codes.push({ text: textAt(answer, at + 36, length), corners });
    at += 36 + length;
  }
  return { kind: 'read', view: { codes, hint: HINTS[answer.getUint8(1)] ?? null } };
}

function textAt(answer: DataView, at: number, length: number): string {
  // A byte order mark belongs to the text: it must come down as it was written.
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  return utf8.decode(new Uint8Array(answer.buffer, answer.byteOffset + at, length));
}
