// What every browser test sits at: a bank, Chromium, and pages of the app over the loopback host.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openStage } from './stage.mjs';

const RECORDER = join(dirname(fileURLToPath(import.meta.url)), 'recorder.js');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

/** Longest wait for something to appear: generous for a busy machine, never spent when all is well. */
const PATIENCE_MS = 20_000;

export const PHONE = { width: 360, height: 740 };
export const TABLET = { width: 768, height: 1024 };
export const LAPTOP = { width: 1280, height: 820 };

/** Gives Chromium two cameras that show a test picture, and lets every page have them. */
export const TWO_CAMERAS = ['--use-fake-device-for-media-stream=device-count=2', '--use-fake-ui-for-media-stream'];

/** Gives Chromium one camera that plays a film, over and over. */
export function filming(film) {
  return ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${film}`];
}

/** Where Chromium is. */
export function findChromium() {
  const found = process.env.CHROMIUM ?? CHROMIUM.find((path) => existsSync(path));
  if (found === undefined) throw new Error('there is no Chromium; run `cargo xtask test`, which installs it');
  return found;
}

export async function openBrowser(flags = []) {
  return chromium.launch({ executablePath: findChromium(), headless: true, args: [...FLAGS, ...flags] });
}

export async function openDesk() {
  const stage = await openStage();
  const browser = await openBrowser();
  const browsers = new Map([['', browser]]);
  const faults = [];

  const pagesOf = (browser) =>
    async function page(device, { size = PHONE, locale = 'zh-CN', colorScheme = 'light', touch = false, scale = 1, lens, script } = {}) {
      const context = await browser.newContext({
        viewport: size,
        locale,
        colorScheme,
        hasTouch: touch,
        deviceScaleFactor: scale,
        timezoneId: 'Asia/Shanghai',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PATIENCE_MS);
      await context.addInitScript({ path: RECORDER });
      if (script) await context.addInitScript(script);
      const page = await context.newPage();
      // Chromium hands file dialogs over only some time after it was asked to; so it is asked at once.
      page.on('filechooser', () => undefined);
      page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.stack ?? error}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !isRefusal(message)) faults.push(`${page.url()}: ${message.text()}`);
      });
      const url = new URL(device.url);
      if (lens) url.searchParams.set('lens', lens);
      await page.goto(url.href);
      await page.locator('h1').waitFor();
      if (locale.startsWith('en')) await chooseEnglish(page);
      return page;
    };

  return {
    stage,
    /** A new device with its own empty store. */
    device: (options) => stage.device(options),
    /**
     * Opens the app on a device; more than one page of a device share its store. With `lens: 'page'` it
     * reads codes itself, as on a phone.
     */
    page: pagesOf(browser),
    /** As `page`, in a browser that is started with `flags`. */
    async pageWith(flags, device, options) {
      const name = flags.join(' ');
      if (!browsers.has(name)) browsers.set(name, await openBrowser(flags));
      return pagesOf(browsers.get(name))(device, options);
    },
    async close() {
      for (const each of browsers.values()) await each.close();
      await stage.close();
      assert.deepEqual(faults, [], 'errors on the console');
    },
  };
}

/** The app begins in Chinese whatever the browser speaks; English is a press, and kept on the device. */
async function chooseEnglish(page) {
  const english = page.locator('html[lang^=en]');
  if ((await english.count()) === 0) await page.getByTestId('toggle-language').click();
  await english.waitFor({ state: 'attached' });
}

/**
 * Chromium reports each answer above 399 as an error; refusals are answers. A connection is refused only to
 * the page of a host that a test stopped or killed, until the page is closed.
 */
function isRefusal(message) {
  const { url } = message.location();
  if (!message.text().startsWith('Failed to load resource')) return false;
  return /\/(ipc\/|changed)/.test(url) || message.text().includes('ERR_CONNECTION_REFUSED');
}
