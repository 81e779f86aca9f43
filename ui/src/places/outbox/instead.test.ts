import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import type { InsteadOfView } from '../../bindings/ipc';
import Instead from './Instead.svelte';

const before: InsteadOfView = {
  caseId: 'c1',
  deviceNumber: 'L-7F3K',
  reason: 'stale',
  annualPercentBefore: '4.35',
  annualPercentNow: '4.55',
  changedNotices: ['tax'],
  partsLost: 0,
  takesBack: true,
};

test.each<[string, Partial<InsteadOfView>, readonly string[]]>([
  ['the old and the new rate', {}, ['L-7F3K', '4.35%', '4.55%']],
  ['which notices changed', {}, ['授权书变了']],
  ['that an amount is offered no more', { annualPercentNow: null }, ['没有了']],
  ['photos that have to be taken anew', { partsLost: 2 }, ['2 张']],
  ['that sending takes the old one back', {}, ['自动撤回']],
  ['that the old one is no longer sent from here', { takesBack: false }, ['不在本机发送']],
])('a draft that takes the place of a case says %s', (_, change, said) => {
  render(Instead, { props: { before: { ...before, ...change } } });
  const text = screen.getByTestId('instead-of').textContent;
  for (const words of said) expect(text).toContain(words);
});

test('an unchanged rate is not mentioned', () => {
  render(Instead, { props: { before: { ...before, annualPercentNow: '4.35' } } });
  expect(screen.getByTestId('instead-of').textContent).not.toContain('4.35');
});
