import type { CopyBlockView, CopyStyle } from '../../bindings/ipc';

/** A line of words where it stands. Lengths are CSS pixels; `y` is the base line. */
export type Line = {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly face: Face;
};

/** A code where it stands. */
export type Square = { readonly modules: readonly string[]; readonly x: number; readonly y: number; readonly side: number };

/** A sheet of a copy, ready to be drawn. */
export type Sheet = {
  readonly height: number;
  readonly lines: readonly Line[];
  readonly squares: readonly Square[];
  /** Heights of hairlines across the sheet. */
  readonly rules: readonly number[];
};

export type Face = { readonly size: number; readonly bold?: true; readonly mono?: true; readonly tone: Tone };
export type Tone = 'ink' | 'soft' | 'accent';

/** Paper to set on: `height` is null for a picture, which is as tall as its words; `label` is the column of labels. */
export type Paper = { readonly width: number; readonly margin: number; readonly label: number; readonly height: number | null };

/** Width of some words in a face, CSS pixels. */
export type Measure = (text: string, face: Face) => number;

/** A picture for a phone: drawn at two and a half times its size it is 1080 px wide. */
export const PICTURE: Paper = { width: 432, margin: 24, label: 104, height: null };
/** A4 at 96 dots to the inch. */
export const A4: Paper = { width: 794, margin: 72, label: 120, height: 1123 };

const FACES: Record<CopyStyle, Face> = {
  title: { size: 28, bold: true, tone: 'ink' },
  soft: { size: 14, tone: 'soft' },
  heading: { size: 15, bold: true, tone: 'accent' },
  question: { size: 20, bold: true, tone: 'ink' },
  answer: { size: 16, bold: true, tone: 'accent' },
  fact: { size: 15, tone: 'ink' },
  text: { size: 15, tone: 'ink' },
  mark: { size: 13, mono: true, tone: 'ink' },
  code: { size: 14, tone: 'soft' },
};
const LABEL: Face = { size: 15, tone: 'soft' };

/** Room above a block. */
const ABOVE: Record<CopyStyle, number> = {
  title: 0,
  soft: 16,
  heading: 40,
  question: 8,
  answer: 8,
  fact: 10,
  text: 12,
  mark: 10,
  code: 28,
};
/** Room that a heading wants below it, so that it never stands alone at the foot of a page. */
const AFTER_HEADING = 120;
const LEADING = 1.6;
/** Side of a code; the light around it that a scanner needs is the paper's own. */
const SQUARE = 172;
const GAP = 24;

/** Closing marks stay with what is before them, opening ones with what follows; a Latin word is whole. */
const PIECES = /\s+|[（《“‘「(]*(?:[A-Za-z0-9'\-./:@%+_=&#]+|[^\s])[，。、；：？！）》”’」…,.;:?!)%]*/gu;

/** Breaks words into lines no wider than `width`; nothing but spaces at the breaks is left out. */
export function linesOf(text: string, face: Face, width: number, measure: Measure): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of text.match(PIECES) ?? []) {
    if (measure((line + piece).trimEnd(), face) <= width) {
      line += piece;
      continue;
    }
    if (line.trim() !== '') lines.push(line.trim());
    line = '';
    // A piece that is wider than a line breaks anywhere.
    for (const sign of piece.trimStart()) {
      if (line !== '' && measure(line + sign, face) > width) {
        lines.push(line);
        line = '';
      }
      line += sign;
    }
  }
  if (line.trim() !== '') lines.push(line.trim());
  return lines;
}

/** Signs to be compared, in groups of eight. */
function grouped(signs: string): string {
  return signs.replace(/(.{8})(?=.)/g, '$1 ');
}

/** A block set at the top left of nothing: its height and what stands in it. */
type Set = { readonly height: number; readonly lines: Line[]; readonly squares: Square[]; readonly rule: boolean };

function column(texts: readonly string[], face: Face, x: number, top: number, measure: Measure): Line[] {
  const step = face.size * LEADING;
  // The base line lies where the middle of the letters is the middle of the step.
  return texts.map((text, at) => ({ text, x, y: top + step * (at + 0.5) + face.size * 0.36, width: measure(text, face), face }));
}

function setBlock({ style, label, text, modules }: CopyBlockView, paper: Paper, measure: Measure): Set {
  const face = FACES[style];
  const width = paper.width - 2 * paper.margin;
  const high = (lines: readonly unknown[], of: Face) => lines.length * of.size * LEADING;
  if (style === 'code') {
    const words = linesOf(label ?? '', face, width - SQUARE - GAP, measure);
    const height = Math.max(SQUARE, high(words, face));
    const top = (height - high(words, face)) / 2;
    const squares = [{ modules, x: 0, y: (height - SQUARE) / 2, side: SQUARE }];
    return { height, lines: column(words, face, SQUARE + GAP, top, measure), squares, rule: false };
  }
  if (style === 'mark') {
    const name = column([label ?? ''], { ...LABEL, size: face.size }, 0, 0, measure);
    const words = linesOf(grouped(text), face, width, measure);
    const top = face.size * LEADING;
    return { height: top + high(words, face), lines: [...name, ...column(words, face, 0, top, measure)], squares: [], rule: false };
  }
  const indent = label === null ? 0 : paper.label;
  const name = label === null ? [] : linesOf(label, LABEL, paper.label - 12, measure);
  const words = linesOf(text, face, width - indent, measure);
  const lines = [...column(name, LABEL, 0, 0, measure), ...column(words, face, indent, 0, measure)];
  return { height: Math.max(high(name, LABEL), high(words, face)), lines, squares: [], rule: style === 'heading' };
}

/** Sets a copy on paper. What does not fit a page goes on the next one, block by block. */
export function typeset(blocks: readonly CopyBlockView[], paper: Paper, measure: Measure): Sheet[] {
  const { margin } = paper;
  const foot = paper.height === null ? Infinity : paper.height - margin;
  const sheets: Sheet[] = [];
  let [y, lines, squares, rules]: [number, Line[], Square[], number[]] = [margin, [], [], []];
  function turn(): void {
    sheets.push({ height: paper.height ?? Math.ceil(y + margin), lines, squares, rules });
    [y, lines, squares, rules] = [margin, [], [], []];
  }
  for (const block of blocks) {
    const set = setBlock(block, paper, measure);
    const above = y === margin ? 0 : ABOVE[block.style];
    const wanted = set.height + (block.style === 'heading' ? AFTER_HEADING : 0);
    if (y > margin && y + above + wanted > foot) turn();
    const top = y === margin ? y : y + above;
    if (set.rule && top > margin) rules.push(top - ABOVE.heading / 2);
    lines.push(...set.lines.map((line) => ({ ...line, x: line.x + margin, y: line.y + top })));
    squares.push(...set.squares.map((square) => ({ ...square, x: square.x + margin, y: square.y + top })));
    y = top + set.height;
  }
  turn();
  return sheets;
}
