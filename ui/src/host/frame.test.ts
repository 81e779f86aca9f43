import { describe, expect, test } from 'vitest';
import { frameBody, roomFor } from './frame';

describe('a frame on its way down', () => {
  test('has width, height and turn in front of its pixels, little endian', () => {
    const luma = roomFor(3, 2);
    luma.set([1, 2, 3, 4, 5, 6]);
    // The same bytes as in crates/wire/src/ipc/frame.rs.
    expect([...frameBody({ width: 3, height: 2, turn: 70_000, luma })]).toEqual([3, 0, 2, 0, 0x70, 0x11, 1, 0, 1, 2, 3, 4, 5, 6]);
  });

  test('is not copied when there is room for the header', () => {
    const luma = roomFor(640, 480);
    expect(frameBody({ width: 640, height: 480, turn: 1, luma }).buffer).toBe(luma.buffer);
  });

  test('is copied when its pixels lie elsewhere', () => {
    const body = frameBody({ width: 2, height: 1, turn: 0, luma: new Uint8Array([8, 9]) });
    expect([...body]).toEqual([2, 0, 1, 0, 0, 0, 0, 0, 8, 9]);
  });
});
