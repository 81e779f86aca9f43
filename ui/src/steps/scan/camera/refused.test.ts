import { describe, expect, test } from 'vitest';
import { fault } from '../../../host/host';
import { Refused } from './refused';

describe('a refused code', () => {
  test('is known for four seconds', () => {
    const refused = new Refused();
    const problem = fault('');
    expect(refused.problemOf(['a'], 0)).toBeNull();
    refused.refuse(['a'], problem, 0);
    expect(refused.problemOf(['a'], 3_999)).toBe(problem);
    expect(refused.problemOf(['a'], 4_000)).toBeNull();
  });

  test('never hides a new one beside it', () => {
    const refused = new Refused();
    refused.refuse(['a', 'b'], fault(''), 0);
    expect(refused.problemOf(['b', 'a'], 1)).not.toBeNull();
    expect(refused.problemOf(['a', 'c'], 1)).toBeNull();
  });
});
