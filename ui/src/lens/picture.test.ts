import { expect, test, vi } from 'vitest';
import { LensError } from './lens-error';
import { brightness, drawnSize, greyPicture } from './picture';

test('brightness is that of crates/lens', () => {
  const rgba = new Uint8ClampedArray([255, 255, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 10, 20, 30, 255]);
  const luma = new Uint8Array(5);
  brightness(rgba, luma);
  expect([...luma]).toEqual([255, 76, 149, 28, 18]);
});

test.each([
  [640, 480, 640, 480],
  [4096, 4096, 4096, 4096],
  [8000, 6000, 4096, 3072],
  [1, 12_000, 1, 4096],
])('a picture of %i x %i is drawn as %i x %i', (width, height, drawnWidth, drawnHeight) => {
  expect(drawnSize(width, height)).toEqual({ width: drawnWidth, height: drawnHeight });
});

test.each([
  [12_001, 10],
  [10, 12_001],
  [8001, 8000],
  [0, 0],
])('a picture of %i x %i is refused before it is unpacked', (width, height) => {
  expect(() => drawnSize(width, height)).toThrow(LensError);
});

test('a file that is too large or a drawing is not opened', async () => {
  const open = vi.spyOn(URL, 'createObjectURL');
  const large = new Uint8Array(32 * 1024 * 1024 + 1);
  await expect(greyPicture(large)).rejects.toMatchObject({ failure: 'refused' });
  await expect(greyPicture(new Blob(['<svg/>'], { type: 'image/svg+xml' }))).rejects.toMatchObject({ failure: 'refused' });
  expect(open).not.toHaveBeenCalled();
});
