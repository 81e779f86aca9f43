// @vitest-environment node
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Decoder } from './decoder';
import { readingOf, startDecoder } from './decoder';
import { DRAWN_MODULES, DRAWN_TEXT, drawnCode } from './drawn-code';
import type { GreyFrame } from './messages';

const file = fileURLToPath(new URL('./lens.wasm', import.meta.url));

// `cargo xtask test` builds the module and says so: then its absence is a failure. Elsewhere the compiler
// for it may not be installed.
const skipped = process.env['SANBU_PAGE_LENS'] !== 'built' && !existsSync(file);
if (skipped) test.skip('the page lens is not built: cargo xtask wasm', () => undefined);

test.each([
  [0, null],
  [1, 'too_dark'],
  [2, 'too_far'],
  [3, 'blurred'],
])('hint %i is %s', (byte, hint) => {
  const answer = new DataView(Uint8Array.of(1, byte, 0).buffer);
  expect(readingOf(answer)).toEqual({ kind: 'read', view: { codes: [], hint } });
});

describe.skipIf(skipped)('the module', () => {
  let module: WebAssembly.Module;
  let decoder: Decoder;

  beforeAll(async () => {
    module = await WebAssembly.compile(readFileSync(file));
    decoder = await startDecoder(module);
  });

  const live = { kind: 'live', turn: 0 } as const;
  const photo = { kind: 'photo' } as const;

  test('asks the page for the time and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'page', name: 'now_ms', kind: 'function' }]);
  });

  test('exports four functions and its memory', () => {
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['memory', 'room', 'read_live', 'read_photo', 'answer']));
  });

  test.each([
    ['a camera frame', live],
    ['a picture', photo],
  ])('reads a drawn code in %s, and where it lies', (_, effort) => {
    const [left, top, modulePx] = [500, 200, 6];
    const reading = decoder.read(drawnCode(1280, 720, left, top, modulePx), effort);
    if (reading.kind !== 'read') throw new Error(reading.reason);
    expect(reading.view.codes.map(({ text }) => text)).toEqual([DRAWN_TEXT]);
    const [right, bottom] = [left, top].map((from) => from + DRAWN_MODULES * modulePx);
    const corners = [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ] as const;
    corners.forEach(([x, y], at) => {
      const corner = reading.view.codes[0]?.corners[at];
      expect(Math.abs((corner?.x ?? 0) - Number(x))).toBeLessThanOrEqual(modulePx);
      expect(Math.abs((corner?.y ?? 0) - Number(y))).toBeLessThanOrEqual(modulePx);
    });
  });

  test('reads a large picture', () => {
    const reading = decoder.read(drawnCode(4096, 3072, 3000, 2000, 12), photo);
    expect(reading).toMatchObject({ kind: 'read', view: { codes: [{ text: DRAWN_TEXT }], hint: null } });
  });

  const frame = (width: number, height: number, bytes = width * height): GreyFrame => ({
    width,
    height,
    luma: new Uint8Array(bytes),
  });

  test.each([
    ['of no size', frame(0, 0)],
    ['without pixels', frame(1280, 720, 0)],
    ['short of a byte', frame(1280, 720, 1280 * 720 - 1)],
    ['with a byte too many', frame(1280, 720, 1280 * 720 + 1)],
    ['one pixel wide', frame(1, 5000)],
    ['that is a strip', frame(5000, 21)],
    ['of a negative size', frame(-40, -40, 1600)],
    ['of a size that is no number', frame(NaN, NaN, 1600)],
    ['of a size past 32 bits', frame(2 ** 32, 2 ** 32, 0)],
  ])('refuses a frame %s and goes on', (_, hostile) => {
    for (const effort of [live, photo]) {
      expect(decoder.read(hostile, effort).kind).toBe('refused');
      expect(decoder.read(drawnCode(640, 480, 100, 100, 5), live)).toMatchObject({
        view: { codes: [{ text: DRAWN_TEXT }] },
      });
    }
  });

  test('reads nothing in noise and goes on', () => {
    let state = 1;
    const luma = new Uint8Array(640 * 480).map(() => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
    for (let turn = 0; turn < 12; turn += 1) {
      const reading = decoder.read({ width: 640, height: 480, luma }, { kind: 'live', turn });
      expect(reading).toMatchObject({ kind: 'read', view: { codes: [] } });
    }
    expect(decoder.read(drawnCode(640, 480, 100, 100, 5), live)).toMatchObject({
      view: { codes: [{ text: DRAWN_TEXT }] },
    });
  });

  test('needs no more memory for the hundredth frame', async () => {
    const { exports } = await WebAssembly.instantiate(module, { page: { now_ms: () => performance.now() } });
    const lens = exports as unknown as { memory: WebAssembly.Memory; room(size: number): number };
    const sizes = Array.from({ length: 100 }, () => {
      lens.room(1280 * 720);
      (exports as unknown as { read_live(w: number, h: number, turn: number): number }).read_live(1280, 720, 0);
      return lens.memory.buffer.byteLength;
    });
    expect(sizes[99]).toBe(sizes[1]);
  });
});
