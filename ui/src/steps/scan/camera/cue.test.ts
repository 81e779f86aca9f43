import { afterEach, describe, expect, test, vi } from 'vitest';
import { cue } from './cue';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the cue', () => {
  test('is a short buzz where the device can', () => {
    const vibrate = vi.fn();
    vi.stubGlobal('navigator', { vibrate });
    cue();
    expect(vibrate).toHaveBeenCalledWith(30);
  });

  test('is a tone of 80 ms where it cannot', () => {
    const source = { frequency: { value: 0 }, connect: vi.fn((to: unknown) => to), start: vi.fn(), stop: vi.fn() };
    const gain = { setValueAtTime: vi.fn(), linearRampToValueAtTime: vi.fn() };
    const context = {
      currentTime: 1,
      destination: {},
      createOscillator: () => source,
      createGain: () => ({ gain, connect: vi.fn() }),
    };
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('AudioContext', function AudioContext() {
      return context;
    });
    cue();
    expect(source.start).toHaveBeenCalled();
    expect(source.stop.mock.calls[0]?.[0]).toBeCloseTo(1.08);
  });

  test('is nothing where neither is there', () => {
    vi.stubGlobal('navigator', {});
    expect(() => {
      cue();
    }).not.toThrow();
  });
});
