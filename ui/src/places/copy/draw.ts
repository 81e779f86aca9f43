// Draws a copy of consents in the page, because the web view has the system's Han letters (ADR 0019),
// and hands it down to be kept. Loaded when a copy is asked for and not before.
import type { CopyFile, CopyRequest, CopySheetRequest, CopyView, ExportView } from '../../bindings/ipc';
import type { Host, Result } from '../../host/host';
import { fault } from '../../host/host';
import { tag } from '../../i18n/format';
import { fillModules } from '../../components/modules';
import { A4, PICTURE, typeset } from './typeset';
import type { Face, Measure, Paper, Sheet, Tone } from './typeset';

/** Pixels to a CSS pixel: 1080 px across a picture, some 190 to the inch on A4. */
const SCALES: Record<CopyFile, number> = { picture: 2.5, pages: 2 };
/** Tallest picture, pixels: what the app's own lens reads, so that the codes on it can be scanned from it. */
const TALLEST_PX = 12_000;
/** Of a page's picture: letters keep their edges and a page stays under half a megabyte. */
const JPEG_QUALITY = 0.9;

// A copy is paper: the same by day and by night.
const INKS: Record<Tone, string> = { ink: '#1b2421', soft: '#525d57', accent: '#0a463a' };
const PAPER = '#ffffff';
const RULE = '#ddd7c7';

const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono', monospace";
/** The number of a page is no word of the copy. */
const FOLIO: Face = { size: 12, tone: 'soft' };

function font({ size, bold, mono }: Face): string {
  const sans = getComputedStyle(document.documentElement).getPropertyValue('--sans').trim() || 'sans-serif';
  return `${bold ? '700 ' : ''}${String(size)}px ${mono ? MONO : sans}`;
}

/** A canvas of this size; it has the language of the words, or Han letters may come in Japanese shapes. */
function canvasFor(view: CopyView, width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.lang = tag(view.locale);
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('this web view draws nothing');
  return context;
}

function drawn(view: CopyView, sheet: Sheet, paper: Paper, scale: number, folio: string): CanvasRenderingContext2D {
  const context = canvasFor(view, Math.round(paper.width * scale), Math.round(sheet.height * scale));
  context.fillStyle = PAPER;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.scale(scale, scale);
  context.fillStyle = RULE;
  for (const y of sheet.rules) context.fillRect(paper.margin, y, paper.width - 2 * paper.margin, 1);
  for (const { text, x, y, face } of sheet.lines) {
    context.font = font(face);
    context.fillStyle = INKS[face.tone];
    context.fillText(text, x, y);
  }
  context.font = font(FOLIO);
  context.fillStyle = INKS[FOLIO.tone];
  context.fillText(folio, paper.margin, sheet.height - paper.margin / 2);
  // Whole pixels a module, so that no edge is blurred.
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = '#000000';
  for (const { modules, x, y, side } of sheet.squares) {
    const module = Math.max(1, Math.floor((side * scale) / modules.length));
    const [left, top] = [Math.round(x * scale), Math.round(y * scale)];
    fillModules(context, modules, left, top, module);
  }
  return context;
}

/** The bytes of a canvas in base 64. */
function bytesOf(canvas: HTMLCanvasElement, type: string): Promise<string> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => {
        if (blob?.type !== type) {
          reject(new Error(`this web view writes no ${type}`));
          return;
        }
        const reader = new FileReader();
        reader.onload = () => {
          resolve(String(reader.result).replace(/^[^,]*,/, ''));
        };
        reader.onerror = () => {
          reject(new Error('the picture cannot be read back'));
        };
        reader.readAsDataURL(blob);
      },
      type,
      JPEG_QUALITY,
    );
  });
}

/** Draws every sheet of a copy. */
export async function drawCopy(view: CopyView, file: CopyFile): Promise<CopySheetRequest[]> {
  const paper = file === 'picture' ? PICTURE : A4;
  const ruler = canvasFor(view, 1, 1);
  const measure: Measure = (text, face) => {
    ruler.font = font(face);
    return ruler.measureText(text).width;
  };
  const sheets: CopySheetRequest[] = [];
  const set = typeset(view.blocks, paper, measure);
  for (const [at, sheet] of set.entries()) {
    const scale = Math.min(SCALES[file], TALLEST_PX / sheet.height);
    const { canvas } = drawn(view, sheet, paper, scale, set.length > 1 ? `${String(at + 1)} / ${String(set.length)}` : '');
    const px = (length: number) => Math.max(0, Math.round(length * scale));
    sheets.push({
      image: await bytesOf(canvas, file === 'picture' ? 'image/png' : 'image/jpeg'),
      width: canvas.width,
      height: canvas.height,
      lines: sheet.lines.map(({ text, x, y, width, face }) => ({
        text,
        x: px(x),
        y: px(y),
        width: px(width),
        size: px(face.size),
      })),
    });
    // A page on a phone holds several of these; the memory goes back now, not some time later.
    [canvas.width, canvas.height] = [0, 0];
  }
  return sheets;
}

/** From what a copy is of to its file. */
export async function saveCopy(host: Host, copy: CopyRequest, file: CopyFile): Promise<Result<ExportView>> {
  const view = await host.consentCopy(copy);
  if (!view.ok) return view;
  let sheets: CopySheetRequest[];
  try {
    sheets = await drawCopy(view.value, file);
  } catch (error) {
    return { ok: false, problem: fault(`copy: ${String(error)}`) };
  }
  return host.saveCopy({ copy, file, sheets });
}
