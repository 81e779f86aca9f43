import { afterEach, expect, test, vi } from 'vitest';
import { readFrame, readPicture } from './page-lens';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('a page that cannot decode says so plainly', async () => {
  vi.stubGlobal('Worker', undefined);
  const frame = { width: 40, height: 40, turn: 0, luma: new Uint8Array(1600) };
  await expect(readFrame(frame)).rejects.toMatchObject({ name: 'LensError', failure: 'unavailable' });
  await expect(readPicture(new Uint8Array([1]))).rejects.toMatchObject({ failure: 'unavailable' });
});
