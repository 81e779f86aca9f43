import { describe, expect, test } from 'vitest';
import type { CopyBlockView, CopyStyle } from '../../bindings/ipc';
import { A4, linesOf, PICTURE, typeset } from './typeset';
import type { Face, Measure } from './typeset';

const FACE: Face = { size: 10, tone: 'ink' };
/** Han letters are as wide as they are high, others half as wide. */
const measure: Measure = (text, { size }) =>
  [...text].reduce((width, sign) => width + (sign > '\u2fff' ? size : size / 2), 0);

function block(style: CopyStyle, text: string, label: string | null = null): CopyBlockView {
  return { style, text, label, modules: style === 'code' ? Array<string>(45).fill('#'.repeat(45)) : [] };
}

const bare = (text: string) => text.replace(/\s/g, '');

/** Something of each style, as often as asked. */
function copyOf(times: number): CopyBlockView[] {
  const one = [
    block('heading', '授权书第 1 版'),
    block('question', '同意银行查店里的税务记录吗？'),
    block('answer', '已同意，2026年11月22日 10:00（北京时间）'),
    block('fact', '路桥农商银行，别人看不到。', '谁来查'),
    block('text', '银行凭这些记录算您能借多少，所以要看最近两年的申报和缴税。'.repeat(4)),
    block('mark', '9f2c83ab'.repeat(8), '凭证指纹'),
    block('code', 'https://bank.example/n/tax/1#r=00', '用三步贷扫这个码，就到这一条授权。'),
  ];
  return [block('title', '授权书副本'), ...Array<CopyBlockView[]>(times).fill(one).flat()];
}

function lettersOf(blocks: readonly CopyBlockView[]): string {
  return bare(blocks.map(({ style, label, text }) => (label ?? '') + (style === 'code' ? '' : text)).join(''));
}

describe('lines', () => {
  test.each([
    ['Han letters break anywhere', '银行查税务', 20, ['银行', '查税', '务']],
    ['a closing mark does not begin a line', '银行查，税务', 30, ['银行', '查，税', '务']],
    ['an opening mark does not end one', '银行“税”务', 30, ['银行', '“税”务']],
    ['a Latin word is whole', 'ask the bank', 40, ['ask the', 'bank']],
    ['what is wider than a line breaks', 'abcdefgh', 20, ['abcd', 'efgh']],
    ['nothing has no line', '', 40, []],
  ])('%s', (_, text, width, lines) => {
    const quotes: Measure = (words, face) => measure(words.replace(/[“”]/g, ''), face) + 5 * (words.match(/[“”]/g)?.length ?? 0);
    expect(linesOf(text, FACE, width, quotes)).toEqual(lines);
  });
});

describe.each([
  ['a picture', PICTURE],
  ['A4', A4],
])('%s', (_, paper) => {
  test('has every letter of the copy, in its order', () => {
    const blocks = copyOf(3);
    const drawn = typeset(blocks, paper, measure).flatMap(({ lines }) => lines.map(({ text }) => text));
    expect(bare(drawn.join(''))).toBe(lettersOf(blocks));
  });

  test('has nothing over its margins, and no two lines over each other', () => {
    for (const { height, lines, squares } of typeset(copyOf(6), paper, measure)) {
      for (const { x, y, width, face } of lines) {
        expect(x).toBeGreaterThanOrEqual(paper.margin);
        expect(x + width).toBeLessThanOrEqual(paper.width - paper.margin + 0.5);
        expect(y - face.size).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(height - paper.margin);
      }
      for (const { y, side } of squares) expect(y + side).toBeLessThanOrEqual(height - paper.margin);
      const own = lines.filter(({ x }) => x === paper.margin).map(({ y }) => y);
      expect(own).toEqual([...own].sort((a, b) => a - b));
      expect(new Set(own).size).toBe(own.length);
    }
  });
});

test('a picture is one sheet, as tall as its words', () => {
  const [short, tall] = [typeset(copyOf(1), PICTURE, measure), typeset(copyOf(4), PICTURE, measure)];
  expect([short.length, tall.length]).toEqual([1, 1]);
  expect(tall[0]?.height).toBeGreaterThan((short[0]?.height ?? 0) * 3);
});

test('pages are turned when they are full, and no heading stands alone at the foot', () => {
  const sheets = typeset(copyOf(6), A4, measure);
  expect(sheets.length).toBeGreaterThan(2);
  for (const { height, lines } of sheets) {
    expect(height).toBe(A4.height);
    expect(lines.at(-1)?.text).not.toBe('授权书第 1 版');
  }
});
