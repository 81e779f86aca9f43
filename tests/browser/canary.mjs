// The road in Chromium with a profile on the disk, for the canary search (tests/soak): at each stage it
// says so and waits until the disk was searched.
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { findChromium, FLAGS, PHONE } from './desk.mjs';
import * as road from './road.mjs';
import { openStage } from './stage.mjs';

const { profile, code, mobile } = parseArgs({
  options: { profile: { type: 'string' }, code: { type: 'string' }, mobile: { type: 'string' } },
}).values;

const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function stop(stage) {
  console.log(`stage ${stage}`);
  await told.next();
}

/** A browser with its profile on the disk, and the app in it. */
async function openProfile() {
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    args: FLAGS,
    viewport: PHONE,
    locale: 'zh-CN',
  });
  await browser.addInitScript({ path: new URL('./recorder.js', import.meta.url).pathname });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.on('filechooser', () => undefined);
  await page.goto(device.url);
  await page.locator('h1').waitFor();
  return { browser, page };
}

/** The browser vanishes; it keeps its own number in its profile. */
async function kill(browser) {
  const gone = once(browser, 'close');
  process.kill(Number(readlinkSync(join(profile, 'SingletonLock')).split('-').at(-1)), 'SIGKILL');
  await gone;
}

const stage = await openStage();
const device = await stage.device();

// A person gives up in the middle, and everything vanishes.
let { browser, page } = await openProfile();
await road.toForm(page, stage.poster);
await road.type(page, 'field-amount', '10');
await road.type(page, 'field-enterprise-code', code);
await road.type(page, 'field-mobile', mobile);
await stop('filled in');
await kill(browser);
await device.stop('SIGKILL');
await stop('filled in, killed');

// The person goes on where the draft was, and submits; everything is closed as it should be.
await device.open();
({ browser, page } = await openProfile());
await road.scan(page, stage.poster);
await page.getByTestId('submit').waitFor();
await road.submit(page);
await road.delivered(page);
await stop('delivered');
await browser.close();
await device.stop();
await stop('delivered, closed');

// Once more, and everything vanishes.
await device.open();
({ browser, page } = await openProfile());
await road.toForm(page, stage.poster);
await road.type(page, 'field-amount', '20');
await road.submit(page);
await road.delivered(page);
await kill(browser);
await device.stop('SIGKILL');
await stop('delivered, killed');
await stage.close();
process.exit();
