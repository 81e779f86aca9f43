// Reads a PNG as grey, as far as posters and qrencode's pictures need it: 8 bits of any colour, fewer of
// grey or palette, not interlaced.
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';

const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** `{ width, height, luma }`; what is transparent is white. */
export function readGrey(file) {
  const png = readFileSync(file);
  const parts = [];
  let palette = Buffer.alloc(0);
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (kind === 'IDAT') parts.push(data);
    if (kind === 'PLTE') palette = data;
    at += 12 + length;
  }
  const [width, height, depth, colour] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]];
  if (png[28] !== 0 || (depth !== 8 && colour !== 0 && colour !== 3)) throw new Error(`${file}: a kind of PNG that no test needs`);
  const bits = SAMPLES[colour] * depth;
  const stride = Math.ceil((width * bits) / 8);
  const rows = unfiltered(inflateSync(Buffer.concat(parts)), height, stride, Math.max(1, bits >> 3));

  const grey = (r, g, b) => (r * 77 + g * 150 + b * 29 + 128) >> 8;
  const over = (value, alpha) => Math.round((value * alpha + 255 * (255 - alpha)) / 255);
  const luma = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = rows.subarray(y * stride, (y + 1) * stride);
    for (let x = 0; x < width; x += 1) {
      const at = x * SAMPLES[colour];
      const value =
        depth === 8 ? row[at] : (row[(x * depth) >> 3] >> (8 - depth - ((x * depth) & 7))) & ((1 << depth) - 1);
      luma[y * width + x] =
        colour === 0 ? Math.round((value * 255) / ((1 << depth) - 1))
        : colour === 3 ? grey(palette[value * 3], palette[value * 3 + 1], palette[value * 3 + 2])
        : colour === 4 ? over(value, row[at + 1])
        : colour === 2 ? grey(value, row[at + 1], row[at + 2])
        : over(grey(value, row[at + 1], row[at + 2]), row[at + 3]);
    }
  }
  return { width, height, luma };
}

/** Undoes the filter of each row; `step` is how many bytes before it a byte's left neighbour lies. */
function unfiltered(data, height, stride, step) {
  const rows = Buffer.alloc(stride * height);
  let above = Buffer.alloc(stride);
  for (let y = 0; y < height; y += 1) {
    const row = rows.subarray(y * stride, (y + 1) * stride);
    const filter = data[y * (stride + 1)];
    data.copy(row, 0, y * (stride + 1) + 1, (y + 1) * (stride + 1));
    for (let x = 0; filter !== 0 && x < stride; x += 1) {
      const left = x < step ? 0 : row[x - step];
      if (filter === 1) row[x] += left;
      else if (filter === 2) row[x] += above[x];
      else if (filter === 3) row[x] += (left + above[x]) >> 1;
      else row[x] += paeth(left, above[x], x < step ? 0 : above[x - step]);
    }
    above = row;
  }
  return rows;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const l = Math.abs(guess - left);
  const u = Math.abs(guess - up);
  const c = Math.abs(guess - corner);
  if (l <= u && l <= c) return left;
  return u <= c ? up : corner;
}
