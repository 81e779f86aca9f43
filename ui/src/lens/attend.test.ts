import { expect, test, vi } from 'vitest';
import { attendant } from './attend';
import type { Decoder, Reading } from './decoder';
import type { Ask } from './messages';

const read: Ask = {
  kind: 'read',
  frame: { width: 40, height: 40, luma: new Uint8Array(1600) },
  effort: { kind: 'live', turn: 0 },
};
const nothing: Reading = { kind: 'read', view: { codes: [], hint: null } };
const compile = (): Promise<WebAssembly.Module> => Promise.resolve({} as WebAssembly.Module);

test('reads with one decoder', async () => {
  const startDecoder = vi.fn(() => Promise.resolve<Decoder>({ read: () => nothing }));
  const attend = attendant({ compile, startDecoder });
  expect(await attend({ kind: 'start', url: '/lens.wasm' })).toEqual({ kind: 'ready' });
  expect(await attend(read)).toEqual(nothing);
  expect(await attend(read)).toEqual(nothing);
  expect(startDecoder).toHaveBeenCalledTimes(1);
});

test('makes a new decoder after a trap', async () => {
  const trap = vi.fn((): Reading => {
    throw new WebAssembly.RuntimeError('unreachable');
  });
  const startDecoder = vi
    .fn<() => Promise<Decoder>>()
    .mockResolvedValueOnce({ read: trap })
    .mockResolvedValueOnce({ read: () => nothing });
  const attend = attendant({ compile, startDecoder });
  await attend({ kind: 'start', url: '/lens.wasm' });
  expect(await attend(read)).toEqual({ kind: 'lost', reason: 'RuntimeError: unreachable' });
  expect(await attend(read)).toEqual(nothing);
  expect(trap).toHaveBeenCalledTimes(1);
});

test('says why it cannot start', async () => {
  const refused = new WebAssembly.CompileError('blocked by CSP');
  const attend = attendant({ compile: () => Promise.reject(refused), startDecoder: vi.fn() });
  const unavailable = { kind: 'unavailable', reason: 'CompileError: blocked by CSP' };
  expect(await attend({ kind: 'start', url: '/lens.wasm' })).toEqual(unavailable);
  expect(await attend(read)).toMatchObject({ kind: 'unavailable' });
});
