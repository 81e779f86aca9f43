// The camera in the real window. There is no camera here: what getUserMedia gives is a canvas with the
// poster on it; from there on all is real: video, frames, raw bytes to Rust, decoder, ticket, draft.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { openWindowStage } from './window.mjs';

const RECORDER = readFileSync(new URL('../browser/recorder.js', import.meta.url), 'utf8');
const FRAMES = 40;
/** The budget of a frame's way down and back. */
const MEDIAN_LIMIT_MS = 50;

let window;
before(async () => {
  window = await openWindowStage();
});
after(() => window.close());

/** Runs in the page: finds the code on the poster, draws it on a canvas of 720p, and makes that the camera. */
function putBeforeCamera(base64) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const poster = new Image();
  const canvas = document.createElement('canvas');
  canvas.width = 1280;
  canvas.height = 720;
  const brush = canvas.getContext('2d');
  poster.onload = async () => {
    const { codes } = await window.__TAURI_INTERNALS__.invoke('read_picture', bytes);
    const [xs, ys] = ['x', 'y'].map((axis) => codes[0].corners.map((corner) => corner[axis]));
    const scale = 480 / (Math.max(...xs) - Math.min(...xs));
    const draw = () => {
      brush.fillStyle = '#aaa';
      brush.fillRect(0, 0, 1280, 720);
      brush.drawImage(poster, 400 - Math.min(...xs) * scale, 120 - Math.min(...ys) * scale, poster.width * scale, poster.height * scale);
    };
    draw();
    const { data } = brush.getImageData(0, 0, 1280, 720);
    window.poster = { luma: Uint8Array.from({ length: 1280 * 720 }, (_, pixel) => data[pixel * 4 + 1]) };
    setInterval(draw, 1000 / 15);
    // On the prototype: WebKit may make `navigator.mediaDevices` anew when nobody holds it.
    MediaDevices.prototype.getUserMedia = async () => (window.poster.stream = canvas.captureStream(15));
    window.poster.ready = true;
  };
  poster.src = `data:image/png;base64,${base64}`;
}

/** Runs in the page: sends a frame down again and again. */
function timeFrames(frames) {
  const body = new Uint8Array(8 + 1280 * 720);
  new DataView(body.buffer).setUint16(0, 1280, true);
  new DataView(body.buffer).setUint16(2, 720, true);
  body.set(window.poster.luma, 8);
  (async () => {
    const times = [];
    for (let turn = 0; turn < frames; turn += 1) {
      new DataView(body.buffer).setUint32(4, turn, true);
      const sent = performance.now();
      const { codes } = await window.__TAURI_INTERNALS__.invoke('read_frame', body);
      if (codes.length === 1) times.push(performance.now() - sent);
    }
    window.poster.times = times.sort((a, b) => a - b);
  })();
}

test('the camera leads to the branch in the real window, and its frames are read in time', async (t) => {
  const { session, close } = await window.open();
  await session.inject(RECORDER);
  await session.until('the catalogue', () => document.querySelector('[data-testid=catalogue-missing]') === null);
  assert.ok(await session.run(() => document.querySelector('[data-testid=camera-open]') !== null), 'the web view has cameras');
  await session.run(putBeforeCamera, readFileSync(window.stage.poster, 'base64'));
  await session.until('the poster', () => window.poster?.ready);

  await session.run(timeFrames, FRAMES);
  const times = await session.until('the frames', () => window.poster.times);
  const median = times[times.length >> 1];
  t.diagnostic(`read_frame of 1280 x 720, a code in view: median ${String(median)} ms, worst ${String(times.at(-1))} ms`);
  assert.equal(times.length, FRAMES, 'a frame was not read');
  assert.ok(median < MEDIAN_LIMIT_MS, `${String(median)} ms`);

  await session.click('camera-open');
  await session.until('the branch', () => document.querySelector('[data-testid=where]')?.textContent.includes('路桥支行'));
  const { ms, states } = await session.run(() => {
    const at = (kind, name) => window.walk.events.filter((event) => event.kind === kind && event.name === name)[0].at;
    return { ms: at('page', 'consent') - at('scan', 'camera'), states: window.poster.stream.getTracks().map(({ readyState }) => readyState) };
  });
  t.diagnostic(`running camera to branch: ${String(ms)} ms`);
  assert.deepEqual(states, ['ended']);
  await close();
});
