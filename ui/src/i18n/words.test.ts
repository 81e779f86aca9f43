import { describe, expect, test } from 'vitest';
import { en as firstEn } from './en';
import { later as laterEn } from './en/later';
import { moment, money, wan } from './format';
import { zh as firstZh } from './zh-Hans';
import { later as laterZh } from './zh-Hans/later';

const zh = { ...firstZh, ...laterZh };
const en = { ...firstEn, ...laterEn };

const HAN = /[\u4e00-\u9fff]/;
const PARAMS = { length: 17, position: 3, min_fen: 1_000_000, max_fen: 50_000_000, step_fen: 10_000 };

function leaves(node: unknown, path = ''): [string, unknown][] {
  if (typeof node !== 'object' || node === null) return [[path, node]];
  return Object.entries(node).flatMap(([key, value]) => leaves(value, `${path}.${key}`));
}

function said(leaf: unknown): string {
  return typeof leaf === 'function' ? String((leaf as (...args: unknown[]) => unknown)(PARAMS, PARAMS)) : String(leaf);
}

describe('words', () => {
  test('stand under the same keys in every language', () => {
    expect(leaves(en).map(([path]) => path)).toEqual(leaves(zh).map(([path]) => path));
  });

  test('are never empty', () => {
    for (const [path, leaf] of [...leaves(zh), ...leaves(en)]) expect(said(leaf).trim(), path).not.toBe('');
  });

  test('of English hold no Han, but for names of languages and 万元', () => {
    for (const [path, leaf] of leaves(en)) {
      if (!['.bar.otherLanguage', '.settings.chinese', '.form.amountHint'].includes(path)) {
        expect(said(leaf), path).not.toMatch(HAN);
      }
    }
  });

  test('of each problem say what happened and what to do', () => {
    for (const words of [zh, en]) {
      for (const [code, { what, act }] of Object.entries({ ...words.problems, ...words.laterProblems })) {
        expect(what.length, code).toBeGreaterThan(3);
        expect(act.length, code).toBeGreaterThan(5);
      }
    }
  });

  test('of Chinese use Chinese punctuation', () => {
    for (const [path, leaf] of leaves(zh)) expect(said(leaf), path).not.toMatch(/[\u4e00-\u9fff][,:?()]/);
  });

  test('carry the numbers that Rust sends', () => {
    expect(zh.violations.amount_too_large(PARAMS)).toBe('金额请填 1 到 50');
    expect(en.violations.enterprise_code_length(PARAMS)).toContain('17');
  });
});

describe('figures', () => {
  test.each([
    [10_000_000, '10'],
    [500_000, '0.5'],
    [1_234_500, '1.2345'],
  ])('%d fen are %s in units of 10,000 yuan', (fen, written) => {
    expect(wan(fen)).toBe(written);
  });

  test('of money keep the fen', () => {
    expect(money(853_099, 'zh-Hans')).toBe('¥8,530.99');
    expect(money(853_099, 'en')).toBe('¥8,530.99');
  });

  test('of time name today', () => {
    const now = new Date(2026, 10, 22, 10, 1);
    expect(moment(now.getTime(), 'zh-Hans', '今天', now)).toBe('今天 10:01');
    expect(moment(new Date(2026, 10, 21, 9, 5).getTime(), 'zh-Hans', '今天', now)).toBe('11月21日 09:05');
  });
});
