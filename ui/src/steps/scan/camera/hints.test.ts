import { describe, expect, test } from 'vitest';
import { Hints, majority } from './hints';

describe('a hint', () => {
  test.each([
    [['too_dark', 'too_dark', 'blurred'], 'too_dark'],
    [['too_dark', 'blurred'], null],
    [['too_far', null, null], null],
    [[null, 'blurred', 'blurred'], 'blurred'],
    [[], null],
  ] as const)('of %j is %s', (hints, said) => {
    expect(majority(hints)).toBe(said);
  });

  test('is given after three seconds without a code', () => {
    const hints = new Hints(0);
    for (let now = 0; now <= 4_000; now += 100) {
      hints.missed('too_dark', now);
      expect(hints.at(now), String(now)).toBe(now < 3_000 ? null : 'too_dark');
    }
  });

  test('changes with what is seen now', () => {
    const hints = new Hints(0);
    for (let now = 0; now <= 4_000; now += 100) hints.missed('too_dark', now);
    for (let now = 4_100; now <= 5_500; now += 100) hints.missed('too_far', now);
    expect(hints.at(5_500)).toBe('too_far');
  });

  test('waits again after a code was read', () => {
    const hints = new Hints(0);
    for (let now = 0; now <= 4_000; now += 100) hints.missed('blurred', now);
    hints.found(4_000);
    hints.missed('blurred', 4_100);
    expect(hints.at(6_900)).toBeNull();
    hints.missed('blurred', 7_000);
    expect(hints.at(7_000)).toBe('blurred');
  });
});
