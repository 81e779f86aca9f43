// Makes the videos that Chromium's fake camera plays: paper with codes, filmed by a hand that is not still.
// Reckoned from the frame's number only, so that each run of a test sees the same film.
import { closeSync, openSync, writeSync } from 'node:fs';

export const VGA = { width: 640, height: 480, fps: 12 };
export const HD = { width: 1280, height: 720, fps: 12 };

/**
 * Writes a film of `seconds` to `file` (y4m, colourless).
 *
 * `scene(t)` says what the camera sees at `t` seconds: sheets of paper `{ picture, focus, at, side }`
 * (`focus` is the square of the picture that is shown with `side` pixels at `at`, from the frame's
 * middle), and how: `turn` (degrees), `blur` (radius), `smear` (pixels, sideways), `glare` ({ at, radius }),
 * `light` (1 is day).
 */
export function film(file, { width, height, fps }, seconds, scene) {
  const out = openSync(file, 'w');
  writeSync(out, `YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`);
  const colourless = Buffer.alloc((width * height) / 2, 128);
  for (let frame = 0; frame < seconds * fps; frame += 1) {
    writeSync(out, 'FRAME\n');
    writeSync(out, drawn(width, height, scene(frame / fps)));
    writeSync(out, colourless);
  }
  closeSync(out);
  return file;
}

/** A sheet of paper, ready to be filmed from any distance. */
export function sheet({ width, height, luma }) {
  const levels = [{ width, height, luma }];
  for (let last = levels[0]; Math.min(last.width, last.height) > 32; last = levels.at(-1)) levels.push(halved(last));
  return levels;
}

function halved({ width, height, luma }) {
  const half = { width: width >> 1, height: height >> 1, luma: new Uint8Array((width >> 1) * (height >> 1)) };
  for (let y = 0; y < half.height; y += 1) {
    for (let x = 0; x < half.width; x += 1) {
      const at = 2 * y * width + 2 * x;
      half.luma[y * half.width + x] = (luma[at] + luma[at + 1] + luma[at + width] + luma[at + width + 1] + 2) >> 2;
    }
  }
  return half;
}

/** Grey of the wall behind the paper. */
const WALL = 168;

function drawn(width, height, { sheets, turn = 0, blur = 0, smear = 0, glare, light = 1 }) {
  const frame = new Float32Array(width * height).fill(WALL);
  for (const each of sheets) place(frame, width, height, each, (turn * Math.PI) / 180);
  if (smear >= 1) boxBlur(frame, width, height, Math.round(smear / 2), 0);
  for (let pass = 0; pass < 2 && blur >= 1; pass += 1) {
    boxBlur(frame, width, height, Math.round(blur), 0);
    boxBlur(frame, width, height, 0, Math.round(blur));
  }
  const grey = Buffer.alloc(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let value = frame[y * width + x] * light;
      if (glare) {
        const far = Math.hypot(x - width / 2 - glare.at[0], y - height / 2 - glare.at[1]) / glare.radius;
        value += 255 * Math.max(0, 1.4 - 1.4 * far);
      }
      // A little noise, the same each time.
      value += ((x * 7919 + y * 104729 + ((x * y) % 31)) % 9) - 4;
      grey[y * width + x] = Math.max(0, Math.min(255, value));
    }
  }
  return grey;
}

/** Draws a sheet so that its focus has `side` pixels, by the level of it that fits. */
function place(frame, width, height, { picture, focus, at, side }, angle) {
  const scale = focus.side / side;
  const level = Math.max(0, Math.min(picture.length - 1, Math.floor(Math.log2(Math.max(1, scale)))));
  const paper = picture[level];
  const step = scale / 2 ** level;
  const middle = [(focus.left + focus.side / 2) / 2 ** level, (focus.top + focus.side / 2) / 2 ** level];
  const [cos, sin] = [Math.cos(angle) * step, Math.sin(angle) * step];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [dx, dy] = [x - width / 2 - at[0], y - height / 2 - at[1]];
      const [px, py] = [middle[0] + dx * cos + dy * sin - 0.5, middle[1] - dx * sin + dy * cos - 0.5];
      const [left, top] = [Math.floor(px), Math.floor(py)];
      if (left < 0 || top < 0 || left >= paper.width - 1 || top >= paper.height - 1) continue;
      const [fx, fy] = [px - left, py - top];
      const from = top * paper.width + left;
      const upper = paper.luma[from] * (1 - fx) + paper.luma[from + 1] * fx;
      const lower = paper.luma[from + paper.width] * (1 - fx) + paper.luma[from + paper.width + 1] * fx;
      frame[y * width + x] = upper * (1 - fy) + lower * fy;
    }
  }
}

/** One pass in one direction, in place. */
function boxBlur(frame, width, height, across, down) {
  const radius = across || down;
  const [lines, length] = across ? [height, width] : [width, height];
  const [next, begin] = across ? [1, width] : [width, 1];
  const line = new Float32Array(length);
  for (let row = 0; row < lines; row += 1) {
    const start = row * begin;
    let sum = 0;
    const value = (at) => frame[start + Math.max(0, Math.min(length - 1, at)) * next];
    for (let at = -radius; at <= radius; at += 1) sum += value(at);
    for (let at = 0; at < length; at += 1) {
      line[at] = sum / (2 * radius + 1);
      sum += value(at + radius + 1) - value(at - radius);
    }
    for (let at = 0; at < length; at += 1) frame[start + at * next] = line[at];
  }
}

/** A number that wanders between -1 and 1, as a hand does. */
function shake(t, phase) {
  return 0.6 * Math.sin(t * 9.1 + phase) + 0.4 * Math.sin(t * 15.7 + 2 * phase);
}

/** A person walks up to the paper: from far, with a trembling hand, a lamp's glare, then out of focus and in. */
export function approach(paper) {
  return (t) => {
    const near = Math.min(1, t / 2);
    const tremble = 1 - Math.min(1, t / 4) * 0.7;
    return {
      sheets: [{ ...paper, side: 70 + 230 * near, at: [14 * shake(t, 1) * tremble, 12 * shake(t, 4) * tremble] }],
      turn: 7 * shake(t / 3, 2),
      smear: t < 3 ? 7 * tremble * Math.abs(shake(t, 3)) : 0,
      glare: t > 2 && t < 3 ? { at: [260 * (t - 2.5), -30], radius: 70 } : undefined,
      blur: t >= 3 && t < 4 ? 6 * (4 - t) : 0,
    };
  };
}

/** Paper held still from the first frame on. */
export function still(...sheets) {
  return () => ({ sheets });
}
