/** Longest side of a frame that is read, in pixels; a 720p camera shows a square of 720. */
export const MAX_SIDE_PX = 1280;

/** The square of a video that the viewfinder shows, in its pixels, and the side it is read at. */
export type Crop = { readonly left: number; readonly top: number; readonly side: number; readonly out: number };

/** The middle square of a video, which is what a square viewfinder shows of it. */
export function cropOf(videoWidth: number, videoHeight: number): Crop {
  const side = Math.min(videoWidth, videoHeight);
  return {
    left: Math.floor((videoWidth - side) / 2),
    top: Math.floor((videoHeight - side) / 2),
    side,
    out: Math.min(side, MAX_SIDE_PX),
  };
}

/** Brightness by Rec. 601 in integers; `rgba` holds a pixel in each number, red lowest, as a canvas does. */
export function greyInto(luma: Uint8Array, rgba: Uint32Array): void {
  for (let at = 0; at < luma.length; at += 1) {
    const pixel = rgba[at] as number;
    luma[at] = ((pixel & 255) * 77 + ((pixel >>> 8) & 255) * 150 + ((pixel >>> 16) & 255) * 29 + 128) >> 8;
  }
}
