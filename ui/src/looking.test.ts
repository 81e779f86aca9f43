import { describe, expect, it } from 'vitest';
import { looking } from './looking';

/** A question that is answered by hand. */
function slow(): { ask: () => Promise<number>; answers: ((value: number) => void)[] } {
  const answers: ((value: number) => void)[] = [];
  return { ask: () => new Promise((resolve) => answers.push(resolve)), answers };
}

describe('looking again', () => {
  it('asks one question at a time, and once more after a burst', async () => {
    const { ask, answers } = slow();
    const shown: number[] = [];
    const look = looking(async () => {
      shown.push(await ask());
    });

    const first = look();
    void look();
    void look();
    expect(answers).toHaveLength(1);
    answers[0]?.(1);
    await Promise.resolve();
    await Promise.resolve();
    expect(answers).toHaveLength(2);
    answers[1]?.(2);
    await first;
    expect(shown).toEqual([1, 2]);
  });

  it('goes on after a question that failed', async () => {
    let times = 0;
    const look = looking(() => {
      times += 1;
      return times === 1 ? Promise.reject(new Error('lost')) : Promise.resolve();
    });
    await expect(look()).rejects.toThrow('lost');
    await look();
    expect(times).toBe(2);
  });
});
