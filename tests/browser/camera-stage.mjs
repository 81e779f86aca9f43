// What camera tests share: papers with codes, films of them, and what a page has of its camera.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filming } from './desk.mjs';
import { readGrey } from './png.mjs';
import { run } from './stage.mjs';
import { film, sheet } from './video.mjs';

/** Keeps every stream that the page is given, to see what becomes of it. */
const KEEP_STREAMS = `
  window.streams = [];
  const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (ask) navigator.mediaDevices.getUserMedia = async (what) => {
    const stream = await ask(what);
    window.streams.push(stream);
    return stream;
  };
`;

/** A picture of a code, made by Debian's qrencode. */
export function codeOf(desk, name, text) {
  const file = join(desk.stage.folder, `${name}.png`);
  run('qrencode', ['-o', file, '-s', '8', '-m', '4', '-l', 'M', text]);
  const picture = readGrey(file);
  const margin = 4 * 8;
  return { picture: sheet(picture), focus: { left: margin, top: margin, side: picture.width - 2 * margin } };
}

/** The poster; the client's own lens says where on it the code is. */
export async function posterOf(desk, page) {
  const view = await page.evaluate(
    async (base64) => {
      const response = await fetch('/ipc/read_picture', {
        method: 'POST',
        headers: { 'x-sanbu-token': sessionStorage.getItem('sanbu-token'), 'content-type': 'application/octet-stream' },
        body: Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
      });
      return response.json();
    },
    readFileSync(desk.stage.poster, 'base64'),
  );
  const [xs, ys] = ['x', 'y'].map((axis) => view.codes[0].corners.map((corner) => corner[axis]));
  const focus = { left: Math.min(...xs), top: Math.min(...ys), side: Math.max(...xs) - Math.min(...xs) };
  return { picture: sheet(readGrey(desk.stage.poster)), focus };
}

/** The file of each scene that was filmed. */
const films = new Map();

/** Opens the app in a browser whose camera plays `scene`; the same scene is filmed once. */
export async function filmedPage(desk, size, seconds, scene, options = {}) {
  if (!films.has(scene)) films.set(scene, film(join(desk.stage.folder, `film-${String(films.size)}.y4m`), size, seconds, scene));
  return cameraPage(desk, filming(films.get(scene)), options);
}

/** Opens the app in a browser that is started with `flags`. */
export async function cameraPage(desk, flags, options = {}) {
  const page = await desk.pageWith(flags, await desk.device(), { ...options, script: KEEP_STREAMS });
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  return page;
}

/** The tracks of every camera that the page was given: 'live' or 'ended'. */
export function tracks(page) {
  return page.evaluate(() => window.streams.flatMap((stream) => stream.getTracks()).map(({ readyState }) => readyState));
}

export const openCamera = (page) => page.getByTestId('camera-open').click();

/** Waits until the camera names what it sees. */
export const says = (page, code) => page.locator(`[data-testid=camera-says][data-code=${code}]`).waitFor();

export const focused = (page) => page.evaluate(() => document.activeElement.dataset.testid ?? document.activeElement.tagName);
