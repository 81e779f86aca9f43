/** Light modules that stand around a code; ISO/IEC 18004. */
const QUIET = 4;

/** Fills the dark modules of a code, `px` whole pixels each; `modules` are its rows, `#` for a dark one. */
export function fillModules(
  brush: CanvasRenderingContext2D,
  modules: readonly string[],
  left: number,
  top: number,
  px: number,
): void {
  modules.forEach((row, down) => {
    [...row].forEach((sign, across) => {
      if (sign === '#') brush.fillRect(left + across * px, top + down * px, px, px);
    });
  });
}

/** Draws a code, dark on white, on a square of at most `side` CSS pixels; every module has whole pixels. */
export function drawCode(canvas: HTMLCanvasElement, modules: readonly string[], side: number): void {
  const brush = canvas.getContext('2d', { alpha: false });
  if (brush === null) return;
  const pixels = Math.floor(side * devicePixelRatio);
  canvas.width = canvas.height = pixels;
  canvas.style.width = `${String(pixels / devicePixelRatio)}px`;
  const px = Math.max(1, Math.floor(pixels / (modules.length + 2 * QUIET)));
  const start = Math.floor((pixels - px * modules.length) / 2);
  brush.fillStyle = '#ffffff';
  brush.fillRect(0, 0, pixels, pixels);
  brush.fillStyle = '#000000';
  fillModules(brush, modules, start, start, px);
}
