// A code drawn into a frame, for the tests of this folder.
import type { GreyFrame } from './messages';

/** What the code says. */
export const DRAWN_TEXT = 'https://bank.example/b/1?名=三步贷';

/** Its modules: QR version 3, level M. */
const MODULES = [
  '#######..###..#..###..#######',
  '#.....#..#....#..#....#.....#',
  '#.###.#.##.#.#.#...#..#.###.#',
  '#.###.#.#....#...##...#.###.#',
  '#.###.#.#.###.#.#..##.#.###.#',
  '#.....#.###..##.#.#.#.#.....#',
  '#######.#.#.#.#.#.#.#.#######',
  '........#.#...###..##........',
  '#.#####....#...#.###..#####..',
  '###..#.#...#.#...#.#.##.#...#',
  '#.##..##...####.##..#.##.....',
  '..#....###..##.###..###..#.#.',
  '..#.#.#...###.#..#.......##..',
  '#.###...##..#.....#######...#',
  '..##.###.###.............##..',
  '.####..###..#.#.##..#..#...#.',
  '#.#...#.##..#..#..##.....##..',
  '###....#..#..##.#..##.###.#.#',
  '#...#.#.#..####.#.#..####.#..',
  '#..###.#.#.###.#.##..#..#..#.',
  '#.#.######....#...#.#####.###',
  '........#.###..#.####...#####',
  '#######...###......##.#.###..',
  '#.....#.##....##...##...#..##',
  '#.###.#.#.###...###.#####.#..',
  '#.###.#.##...##..#.#.....####',
  '#.###.#.#..#.#.....#########.',
  '#.....#...####.###..##...#.#.',
  '#######.###....#.#.#....#.#..',
];

/** Modules on a side. */
export const DRAWN_MODULES = MODULES.length;

/** A pale frame with the code in it, its top left corner at `left`, `top`. */
export function drawnCode(width: number, height: number, left: number, top: number, modulePx: number): GreyFrame {
  const luma = new Uint8Array(width * height).fill(230);
  const side = DRAWN_MODULES * modulePx;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const ink = MODULES[Math.floor(y / modulePx)]?.[Math.floor(x / modulePx)] === '#';
      luma[(top + y) * width + left + x] = ink ? 20 : 230;
    }
  }
  return { width, height, luma };
}
