/** A grey frame of the camera: one byte of brightness a pixel, by rows from the top left. */
export type Frame = {
  readonly width: number;
  readonly height: number;
  /** Number of the frame since the camera was opened: the decoder takes turns at its slower ways. */
  readonly turn: number;
  readonly luma: Uint8Array<ArrayBuffer>;
};

/** Width and height (u16 each) and turn (u32), little endian, before the pixels. */
const HEADER_BYTES = 8;

/** Room for a frame's pixels, with its header's bytes free in front of them. */
export function roomFor(width: number, height: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(HEADER_BYTES + width * height).subarray(HEADER_BYTES);
}

/** A frame as it travels to Rust. Pixels that lie in a room of `roomFor` are not copied. */
export function frameBody({ width, height, turn, luma }: Frame): Uint8Array<ArrayBuffer> {
  let room = luma;
  if (luma.byteOffset !== HEADER_BYTES || luma.buffer.byteLength !== HEADER_BYTES + luma.length) {
    room = roomFor(width, height);
    room.set(luma);
  }
  const header = new DataView(room.buffer);
  header.setUint16(0, width, true);
  header.setUint16(2, height, true);
  header.setUint32(4, turn, true);
  return new Uint8Array(room.buffer);
}
