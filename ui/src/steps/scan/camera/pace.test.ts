import { describe, expect, test } from 'vitest';
import { Pace } from './pace';

/** How many frames of a camera with 30 a second are read in ten seconds. */
function read(pace: Pace): number {
  let count = 0;
  for (let frame = 0; frame < 300; frame += 1) if (pace.takes((frame * 1_000) / 30)) count += 1;
  return count;
}

describe('the pace', () => {
  test.each([
    ['15 a second while the way is quick', 10, 150],
    ['every second of them while it takes more than 25 ms', 30, 75],
    ['every fourth while it takes more than 60 ms', 90, 38],
  ])('is %s', (_, ms, frames) => {
    const pace = new Pace();
    pace.took(ms);
    expect(read(pace)).toBe(frames);
  });

  test('reads the first frame at once', () => {
    expect(new Pace().takes(0)).toBe(true);
  });

  test('is not slowed by one slow frame, and picks up again', () => {
    const pace = new Pace();
    pace.took(5);
    pace.took(60);
    expect(pace.stride).toBe(1);
    for (let i = 0; i < 20; i += 1) pace.took(100);
    expect(pace.stride).toBe(4);
    for (let i = 0; i < 20; i += 1) pace.took(5);
    expect(pace.stride).toBe(1);
  });
});
