// `cargo xtask bench app`: starts the shell a few times in its own window, on a device that has been used
// before, and prints how long it took until the scan screen was usable, what the idle app holds in
// memory, and how long a camera frame takes to Rust and back. One line of JSON.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openWindowStage } from './window.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, profile: { type: 'string', default: 'release' } },
});
/** Caches fill, the courier has asked the bank once, later pages are loaded. */
const IDLE_MS = 5_000;

/** Kilobytes of all processes: shared pages counted in full (RSS) and by share (PSS). */
function memory(processes) {
  const sums = { Rss: 0, Pss: 0 };
  for (const pid of processes) {
    const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
    for (const name of Object.keys(sums)) sums[name] += Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]);
  }
  return sums;
}

/** Runs in the page: sends a frame of 720p down again and again. It is a pixel short, so that it is refused unread. */
function timeFrames(frames) {
  const body = new Uint8Array(8 + 1280 * 720 - 1).fill(128);
  new DataView(body.buffer).setUint16(0, 1280, true);
  new DataView(body.buffer).setUint16(2, 720, true);
  (async () => {
    const times = [];
    for (let turn = 0; turn < frames; turn += 1) {
      const sent = performance.now();
      await window.__TAURI_INTERNALS__.invoke('read_frame', body).catch(() => undefined);
      times.push(performance.now() - sent);
    }
    window.frameTimes = times;
  })();
}

const stage = await openWindowStage(values.profile);
try {
  const cold_start_ms = [];
  let idle;
  let frame_ms;
  for (let run = 0; run < Number(values.runs); run += 1) {
    const app = await stage.open('app');
    cold_start_ms.push(app.cold_start_ms);
    if (run === 0) {
      await new Promise((done) => setTimeout(done, IDLE_MS));
      idle = memory(app.processes());
      await app.session.run(timeFrames, 100);
      frame_ms = await app.session.until('the frames', () => window.frameTimes);
    }
    await app.close();
  }
  console.log(JSON.stringify({ cold_start_ms, frame_ms, idle_rss_kib: idle.Rss, idle_pss_kib: idle.Pss }));
} finally {
  await stage.close();
}
