import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import Pieces from './Pieces.svelte';

/** Three codes of three modules a side, told apart by their dark modules in all. */
const PIECES = [
  ['#..', '...', '...'],
  ['##.', '...', '...'],
  ['###', '...', '...'],
];

const brush = { fillStyle: '', fillRect: vi.fn() };
const still = (yes: boolean) =>
  vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: yes } as unknown as MediaQueryList);

beforeEach(() => {
  vi.useFakeTimers();
  brush.fillRect.mockClear();
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(brush as never);
});
afterEach(() => vi.useRealTimers());

function show(pieces: readonly (readonly string[])[] = PIECES): void {
  render(Pieces, { props: { pieces, name: '请求码' } });
}

/** The dark modules that were drawn last: what came after the white square. */
function drawn(): readonly (readonly number[])[] {
  const calls = brush.fillRect.mock.calls as number[][];
  return calls.slice(calls.map(([left]) => left === 0).lastIndexOf(true) + 1);
}

const at = (): string => screen.getByTestId('pieces-at').textContent;

describe('codes in pieces', () => {
  test('turn by themselves, four in a second, and begin anew', async () => {
    show();
    expect(at()).toBe('第 1 张，共 3 张');
    await vi.advanceTimersByTimeAsync(250);
    expect(at()).toBe('第 2 张，共 3 张');
    expect(drawn()).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(at()).toBe('第 1 张，共 3 张');
  });

  test('stand still when a person wants less motion, until they say otherwise', async () => {
    still(true);
    show();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at()).toBe('第 1 张，共 3 张');
    await fireEvent.click(screen.getByTestId('pieces-moving'));
    await vi.advanceTimersByTimeAsync(250);
    expect(at()).toBe('第 2 张，共 3 张');
  });

  test('are turned by hand, and then stay', async () => {
    show();
    await fireEvent.click(screen.getByTestId('pieces-previous'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(at()).toBe('第 3 张，共 3 张');
    await fireEvent.click(screen.getByTestId('pieces-next'));
    expect(at()).toBe('第 1 张，共 3 张');
    expect(screen.getByTestId('pieces-at').getAttribute('aria-live')).toBe('polite');
  });

  test('have modules of whole pixels, all of one size, with four light ones around', async () => {
    show();
    await tick();
    const [[left, top, width, height] = []] = drawn();
    expect(width).toBe(height);
    expect(Number.isInteger(width)).toBe(true);
    expect(width).toBe(Math.floor(280 / 11));
    expect(Math.min(left ?? 0, top ?? 0)).toBeGreaterThanOrEqual(4 * (width ?? 0));
  });

  test('have a name, and nothing to turn when there is but one', () => {
    show(PIECES.slice(0, 1));
    expect(screen.getByRole('img', { name: '请求码' })).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });

  test('keep the screen on while they are shown', async () => {
    const release = vi.fn(() => Promise.resolve());
    const request = vi.fn(() => Promise.resolve({ release }));
    vi.stubGlobal('navigator', Object.assign(Object.create(navigator) as object, { wakeLock: { request } }));
    const { unmount } = render(Pieces, { props: { pieces: PIECES, name: 'x' } });
    expect(request).toHaveBeenCalledExactlyOnceWith('screen');
    unmount();
    await vi.advanceTimersByTimeAsync(0);
    expect(release).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });
});
