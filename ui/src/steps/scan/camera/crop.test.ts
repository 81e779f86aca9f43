import { describe, expect, test } from 'vitest';
import { cropOf, greyInto } from './crop';

describe('what is read of a video', () => {
  test.each([
    ['a 720p camera', 1280, 720, { left: 280, top: 0, side: 720, out: 720 }],
    ['a phone held upright', 720, 1280, { left: 0, top: 280, side: 720, out: 720 }],
    ['an odd width', 641, 480, { left: 80, top: 0, side: 480, out: 480 }],
    ['a camera that gives more than was asked for', 3840, 2160, { left: 840, top: 0, side: 2160, out: 1280 }],
  ])('is the square that is seen: %s', (_, width, height, crop) => {
    expect(cropOf(width, height)).toEqual(crop);
  });

  test('is grey by Rec. 601', () => {
    const colours = [0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255];
    const luma = new Uint8Array(5);
    greyInto(luma, new Uint32Array(new Uint8ClampedArray(colours).buffer));
    expect([...luma]).toEqual([0, 255, 77, 149, 29]);
  });
});
