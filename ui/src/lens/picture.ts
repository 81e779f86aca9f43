import { LensError } from './lens-error';
import type { GreyFrame } from './messages';

/** Largest file taken: 32 MiB, as for a picture that goes down to Rust. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Longest side taken, as in `crates/lens`: 12 000 px. */
const MAX_SIDE_PX = 12_000;
/** Most pixels taken: 64 million, above every common phone camera's picture; unpacked that is 256 MB. */
const MAX_PIXELS = 64_000_000;
/** Longest side drawn: 4096 px, the most that Safari can draw in a square, and all that the decoder looks at. */
const DRAWN_SIDE_PX = 4096;
/** Rows fetched from the canvas at once: at most 4 MB of colour. */
const BAND_ROWS = 256;

/** A picture ready for the decoder, and how much larger the picture itself was. */
export type GreyPicture = { readonly frame: GreyFrame; readonly scale: number };

/** The size to draw a picture of this size at. Throws a `LensError` where it is none that is taken. */
export function drawnSize(width: number, height: number): { width: number; height: number } {
  const long = Math.max(width, height);
  if (long === 0) throw new LensError('refused', 'the picture has no size');
  if (long > MAX_SIDE_PX || width * height > MAX_PIXELS) {
    throw new LensError('refused', `a picture of ${String(width)}x${String(height)} px is too large`);
  }
  const scale = Math.min(1, DRAWN_SIDE_PX / long);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Brightness by Rec. 601 in whole numbers, exactly as `crates/lens` does it; `rgba` must be opaque. */
export function brightness(rgba: Uint8ClampedArray, luma: Uint8Array): void {
  for (let pixel = 0; pixel < luma.length; pixel += 1) {
    const at = pixel * 4;
    const [red = 0, green = 0, blue = 0] = [rgba[at], rgba[at + 1], rgba[at + 2]];
    luma[pixel] = (red * 77 + green * 150 + blue * 29) >> 8;
  }
}

/**
 * Has the web view unpack a picture file, in whichever formats it knows, and takes its brightness.
 *
 * Its size is looked at before its pixels are unpacked: that is why it is an `<img>` and not
 * `createImageBitmap`, which unpacks first. Rejects with a `LensError`.
 */
export async function greyPicture(file: Blob | Uint8Array): Promise<GreyPicture> {
  const blob = file instanceof Blob ? file : new Blob([file.slice()]);
  if (blob.size > MAX_FILE_BYTES) throw new LensError('refused', 'the file is too large');
  // Drawn by instructions, not photographed: its size means nothing and drawing it may take for ever.
  if (blob.type.startsWith('image/svg')) throw new LensError('refused', 'the file is a drawing');
  const url = URL.createObjectURL(blob);
  try {
    return await drawn(await loaded(url));
  } finally {
    URL.revokeObjectURL(url);
  }
}

function loaded(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => {
      resolve(image);
    };
    image.onerror = () => {
      reject(new LensError('refused', 'the file is no picture that this web view can read'));
    };
    image.src = url;
  });
}

async function drawn(image: HTMLImageElement): Promise<GreyPicture> {
  const { width, height } = drawnSize(image.naturalWidth, image.naturalHeight);
  const canvas = document.createElement('canvas');
  try {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new LensError('unavailable', 'there is no canvas to draw on');
    // Transparent parts count as white paper.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    const luma = new Uint8Array(width * height);
    for (let top = 0; top < height; top += BAND_ROWS) {
      const rows = Math.min(BAND_ROWS, height - top);
      const { data } = context.getImageData(0, top, width, rows);
      brightness(data, luma.subarray(top * width, (top + rows) * width));
      await breath();
    }
    return { frame: { width, height, luma }, scale: image.naturalWidth / width };
  } finally {
    // Safari keeps a canvas's memory for long after the last use.
    canvas.width = canvas.height = 0;
  }
}

/** Lets the page draw and hear taps between two bands. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
