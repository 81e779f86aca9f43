import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test, { after, before } from 'node:test';
import { cameraPage, codeOf, filmedPage, focused, openCamera, says, tracks } from './camera-stage.mjs';
import { LAPTOP, openDesk, PHONE, TWO_CAMERAS } from './desk.mjs';
import * as road from './road.mjs';
import { settled } from './states.mjs';
import { still, VGA } from './video.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

let desk;
let dark;
let foreign;
before(async () => {
  desk = await openDesk();
  const payment = { ...codeOf(desk, 'payment', 'wxp://f2f0aBcDeFgHiJkLmNoPqRsTuVwXyZ012345'), at: [0, 0], side: 300 };
  foreign = still(payment);
  dark = () => ({ sheets: [payment], light: 0.05 });
});
after(() => desk.close());

test('leaving the page, hiding it, or turning it off lets go of the camera at once', async () => {
  const page = await filmedPage(desk, VGA, 2, dark);
  const live = page.locator('[data-testid=camera][data-live]');
  await openCamera(page);
  await live.waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  assert.deepEqual(await tracks(page), ['ended'], 'hidden');

  await page.evaluate(() => {
    delete document.visibilityState;
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await live.waitFor();
  assert.deepEqual(await tracks(page), ['ended', 'live'], 'seen again');
  await page.getByTestId('go-settings').click();
  await page.getByTestId('key-rung').waitFor();
  assert.deepEqual(await tracks(page), ['ended', 'ended'], 'left');

  // It was open the last time, so it opens by itself; the focus stays on the heading.
  await page.getByTestId('go-home').click();
  await live.waitFor();
  assert.equal(await focused(page), 'H1');
  await page.keyboard.press('Escape');
  await page.getByTestId('camera-open').waitFor();
  assert.equal(await focused(page), 'camera-open');
  assert.deepEqual(await tracks(page), ['ended', 'ended', 'ended'], 'turned off');

  await page.getByTestId('go-settings').click();
  await page.getByTestId('key-rung').waitFor();
  await page.getByTestId('go-home').click();
  await page.getByTestId('camera-open').waitFor();
  assert.equal((await tracks(page)).length, 3, 'turned off, it stays off');
});

test('a camera that is unplugged is told, and tried again', async () => {
  const page = await filmedPage(desk, VGA, 2, dark);
  await openCamera(page);
  await page.locator('[data-testid=camera][data-live]').waitFor();
  await page.evaluate(() => window.streams[0].getTracks()[0].dispatchEvent(new Event('ended')));
  await page.getByTestId('camera-gone').waitFor();
  await page.getByTestId('camera-again').click();
  await page.locator('[data-testid=camera][data-live]').waitFor();
});

test('the chosen camera is remembered, and another one is used when it is gone', async () => {
  const page = await cameraPage(desk, TWO_CAMERAS);
  await openCamera(page);
  const choice = page.getByTestId('camera-choice');
  await choice.waitFor();
  const [first, second] = await choice.locator('option').evaluateAll((options) => options.map(({ value }) => value));
  assert.equal(await choice.inputValue(), first);
  await choice.selectOption(second);
  const used = () => page.evaluate(() => window.streams.at(-1).getTracks()[0].getSettings().deviceId);
  await page.waitForFunction((id) => window.streams.at(-1).getTracks()[0].getSettings().deviceId === id, second);
  await page.reload();
  await page.locator('[data-testid=camera][data-live]').waitFor();
  assert.equal(await used(), second);

  await page.evaluate(() => localStorage.setItem('sanbu-camera-device', 'a camera that was sold'));
  await page.reload();
  await page.locator('[data-testid=camera][data-live]').waitFor();
  assert.equal(await used(), first);
});

test('after three seconds in the dark it says what helps', async () => {
  const page = await filmedPage(desk, VGA, 2, dark);
  await openCamera(page);
  await page.locator('[data-testid=camera][data-live]').waitFor();
  const started = performance.now();
  const line = page.getByTestId('camera-says');
  assert.equal(await line.getAttribute('data-hint'), null);
  await page.locator('[data-testid=camera-says][data-hint=too_dark]').waitFor();
  assert.ok(performance.now() - started > 2_500);
  assert.ok((await line.innerText()).includes('太暗'));
});

test('a refused camera says how to allow it, and the other ways stay', async () => {
  const page = await cameraPage(desk, ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream=deny']);
  await openCamera(page);
  const note = page.getByTestId('camera-denied');
  await note.waitFor();
  assert.ok((await note.innerText()).includes('允许相机'));
  assert.ok(await page.getByTestId('branch-number').isVisible());
  await road.scan(page, desk.stage.poster);
  await road.readConsent(page);
});

test('without a camera it says so, and the other ways stay', async () => {
  const page = await desk.page(await desk.device());
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await openCamera(page);
  await page.getByTestId('camera-absent').waitFor();
  await road.scan(page, desk.stage.poster);
  await road.readConsent(page);
});

test('axe finds nothing on the open camera, nor does it need sideways scrolling or small targets', async () => {
  for (const [options, large] of [
    [{ size: PHONE }, false],
    [{ size: PHONE, colorScheme: 'dark' }, true],
    [{ size: { width: 320, height: 640 }, locale: 'en-GB' }, true],
    [{ size: LAPTOP, colorScheme: 'dark' }, false],
  ]) {
    const page = await filmedPage(desk, VGA, 2, foreign, options);
    // A film plays on one camera only; a second one in the list shows the choice.
    await page.evaluate(() => {
      const devices = ['One', 'Another camera with a rather long name'].map((label) => ({ kind: 'videoinput', deviceId: label, label }));
      navigator.mediaDevices.enumerateDevices = () => Promise.resolve(devices);
    });
    if (large) await page.getByTestId('toggle-large').click();
    await openCamera(page);
    await says(page, 'code_is_payment');
    await page.getByTestId('camera-choice').waitFor();
    await settled(page);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), RULES);
    const where = JSON.stringify(options);
    assert.deepEqual(violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(' ')}`)), [], where);
    const { wide, small } = await page.evaluate(
      (least) => ({
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        small: [...document.querySelectorAll('.camera button, .camera select')].filter((each) => each.getBoundingClientRect().height < least - 0.5).length,
      }),
      large ? 60 : 44,
    );
    assert.deepEqual([wide, small], [0, 0], where);
    await page.context().close();
  }
});

test('the camera is opened and closed by keyboard', async () => {
  const page = await filmedPage(desk, VGA, 2, dark, { size: LAPTOP });
  await page.getByTestId('camera-open').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=camera][data-live]').waitFor();
  assert.equal(await focused(page), 'camera');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'camera-close');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'camera-open');
});
