// A real window without a screen: Xvfb, WebKitWebDriver and the built shell, on a stage with a bank.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openStage, program, run, start } from '../browser/stage.mjs';
import { openSession } from './webdriver.mjs';

/** Wide enough for the app's window of 1180 x 820. */
const SCREEN = '1280x900x24';

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((tell, refuse) => {
    const server = createServer();
    server.once('error', refuse);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => tell(port));
    });
  });
}

async function answers(address) {
  for (let tries = 0; tries < 400; tries += 1) {
    try {
      if ((await fetch(`${address}/status`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error('WebKitWebDriver does not answer');
}

/** The process ids of all that a process started, and of what they started. */
function descendants(pid) {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();
  const direct = children === '' ? [] : children.split(' ').map(Number);
  return direct.flatMap((child) => [child, ...descendants(child)]);
}

/** A display of its own; Xvfb finds a free number by itself. */
async function openDisplay(folder) {
  const screen = await start('Xvfb', 'Xvfb', ['-displayfd', '3', '-screen', '0', SCREEN, '-nolisten', 'tcp'], {
    log: join(folder, 'xvfb.log'),
    ready: '',
    fd: 3,
  });
  return { display: `:${screen.line}`, stop: screen.stop };
}

/** What the app sees of this machine: a display, no session bus, a home of its own. */
function environment(folder, display) {
  return {
    DISPLAY: display,
    WAYLAND_DISPLAY: '',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_DATA_HOME: join(folder, 'share'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    LANG: 'C.UTF-8',
    NO_AT_BRIDGE: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
    WEBKIT_DISABLE_DMABUF_RENDERER: '1',
  };
}

/** Everything that a walk in the real window needs; `open` starts the app, as often as wanted. */
export async function openWindowStage(profile = 'debug') {
  const stage = await openStage();
  const screen = await openDisplay(stage.folder);
  const env = environment(stage.folder, screen.display);
  const closing = [];
  let windows = 0;

  return {
    stage,
    /** The titles of all windows on the display. */
    titles: () =>
      run('xwininfo', ['-display', screen.display, '-root', '-tree'], { env: { ...process.env, LC_ALL: 'C.UTF-8' } }),
    /** Opens the app in a new session and tells when it was asked for. */
    async open(data = `app-${String(++windows)}`) {
      const port = await freePort();
      const address = `http://127.0.0.1:${String(port)}`;
      // The variable reaches the app through the driver; without it the session never opens.
      const driver = await start('WebKitWebDriver', 'WebKitWebDriver', [`--port=${String(port)}`], {
        log: join(stage.folder, 'webdriver.log'),
        env: { ...env, TAURI_WEBVIEW_AUTOMATION: 'true' },
      });
      // The driver leaves the app alone when it has to go.
      const stop = async () => {
        const left = descendants(driver.pid);
        await driver.stop();
        for (const pid of left) {
          try {
            process.kill(pid, 'SIGKILL');
          } catch {
            // It went by itself.
          }
        }
      };
      let open = true;
      closing.push(() => open && stop());
      await answers(address);
      const asked = performance.now();
      const args = ['--trust', stage.trust, '--data', join(stage.folder, data)];
      const session = await openSession(address, program('sanbu', profile), args);
      // Usable: the place for the poster's picture is there and takes one.
      await session.until('the scan screen', () => {
        const input = document.querySelector('[data-testid=scan-file]');
        return input !== null && !input.disabled;
      });
      const cold_start_ms = Math.round(performance.now() - asked);
      const close = async () => {
        open = false;
        await session.close().catch(() => undefined);
        await stop();
      };
      return { session, cold_start_ms, processes: () => descendants(driver.pid), close };
    },
    async close() {
      for (const each of closing) await each();
      await screen.stop();
      await stage.close();
    },
  };
}
