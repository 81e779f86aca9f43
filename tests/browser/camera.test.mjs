import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { codeOf, filmedPage, openCamera, posterOf, says, tracks } from './camera-stage.mjs';
import { openDesk } from './desk.mjs';
import * as road from './road.mjs';
import { BRANCH } from './stage.mjs';
import { approach, HD, still, VGA } from './video.mjs';

const PAYMENT = 'wxp://f2f0aBcDeFgHiJkLmNoPqRsTuVwXyZ012345';
/** From the running camera to the branch: generous here, since timings belong to the bench. */
const LATEST_MS = 2_000;

let desk;
let poster;
let payment;
let held;
before(async () => {
  desk = await openDesk();
  const page = await desk.page(await desk.device());
  poster = await posterOf(desk, page);
  payment = codeOf(desk, 'payment', PAYMENT);
  held = { ...poster, at: [0, 0], side: 480 };
  await page.context().close();
});
after(() => desk.close());

for (const [where, lens] of [
  ['Rust', undefined],
  ['the page', 'page'],
]) {
  test(`the camera alone leads to the branch, codes being read in ${where}`, async () => {
    const page = await filmedPage(desk, VGA, 6, approach(poster), { lens, touch: true });
    let sentDown = 0;
    page.on('request', (request) => (sentDown += request.url().endsWith('/ipc/read_frame') ? 1 : 0));
    await openCamera(page);
    await road.readConsent(page);
    assert.equal(sentDown === 0, lens === 'page', `${String(sentDown)} frames went down`);
    const card = await page.getByTestId('where').innerText();
    for (const part of [BRANCH.name, '0576']) assert.ok(card.includes(part), card);
    assert.deepEqual(await tracks(page), ['ended']);
  });

  test(`a code that is in view at once is taken at once, read in ${where}`, async (t) => {
    const page = await filmedPage(desk, HD, 2, still(held), { lens });
    await openCamera(page);
    await road.readConsent(page);
    const ms = await page.evaluate(() => {
      const at = (kind, name) => window.walk.events.find((event) => event.kind === kind && event.name === name).at;
      return at('page', 'consent') - at('scan', 'camera');
    });
    t.diagnostic(`running camera to branch, ${where}: ${ms.toFixed(0)} ms`);
    assert.ok(ms < LATEST_MS, `${String(ms)} ms`);
  });
}

test('a stranger with the camera takes three taps and fills three fields', async () => {
  const page = await filmedPage(desk, HD, 2, still(held), { touch: true });
  await openCamera(page);
  await road.consents(page, ['agree', 'refuse']);
  await road.fillAsStranger(page);
  await road.submit(page);
  await road.delivered(page);
  await road.assertEffort(page, [3, 3]);
});

test('a payment code is called by its name and begins nothing, then the true code is taken', async () => {
  const foreign = { ...payment, at: [0, 0], side: 300 };
  const page = await filmedPage(desk, VGA, 6, (t) => ({ sheets: [t < 3 ? foreign : { ...poster, at: [0, 0], side: 340 }] }));
  const asked = [];
  page.on('request', (request) => request.url().endsWith('/ipc/open_codes') && asked.push(request.postData()));
  await openCamera(page);
  await says(page, 'code_is_payment');
  const words = await page.getByTestId('camera-says').innerText();
  assert.ok(words.includes('这是收款码') && !words.includes('wxp'), words);
  assert.equal(await page.locator('[data-testid=outline][data-is=foreign]').count(), 1);
  assert.equal(await page.getByTestId('problem').count(), 0);
  await road.readConsent(page);
  assert.equal(asked.filter((body) => body === JSON.stringify({ texts: [PAYMENT] })).length, 1, 'a refused code is not sent down each time');
});

test('of two codes in view the one that verifies is taken', async () => {
  const page = await filmedPage(
    desk,
    HD,
    2,
    still({ ...poster, at: [0, 40], side: 330 }, { ...payment, at: [-250, -240], side: 120 }),
  );
  await openCamera(page);
  await road.readConsent(page);
});
