// Consent on the owner's own phone, in a visit: two devices that only see each other's screen.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { findings, sticksOut, tabTo } from './checks.mjs';
import { filming, openDesk, PHONE, TABLET } from './desk.mjs';
import * as road from './road.mjs';
import { settled } from './states.mjs';
import * as visit from './visit.mjs';

const LYING = { width: 1024, height: 768 };
const SMALL = { width: 320, height: 640 };

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

async function ready(page) {
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  return page;
}

/** Fills what is left of the form, and waits for the bank. */
async function apply(tablet) {
  await tablet.getByTestId('answered-elsewhere').waitFor();
  await road.type(tablet, 'field-amount', '10');
  await road.type(tablet, 'field-mobile', road.SHOP.mobile);
  await road.submit(tablet);
  await road.delivered(tablet);
}

test('an owner consents on an own phone, the tablet applies, the bank has it, and the phone withdraws', async () => {
  const tablet = await desk.page(await desk.device(), { size: LYING });
  const phone = await ready(await desk.page(await desk.device(), { size: PHONE }));
  await visit.ask(tablet, desk.stage.poster);
  // Neither of them has a network from here on, as in a shop in the hills.
  await desk.stage.closeBank();
  try {
    await visit.hand(phone, 'scan-file', await visit.photographs(tablet));
    await road.readConsent(phone);
    const asked = await phone.getByTestId('asked-by').innerText();
    assert.ok(asked.includes('0742') && !asked.includes(road.SHOP.code), asked);
    await visit.decide(phone, ['agree', 'refuse']);
    const answered = await phone.getByTestId('answered').locator('li').allInnerTexts();
    assert.deepEqual(answered.map((line) => line.trim().split(/\s+/)), [['税务', '已同意'], ['流水', '没同意']]);
    await visit.hand(tablet, 'answer-file', await visit.photographs(phone));
    await tablet.getByTestId('submit').waitFor();
  } finally {
    await desk.stage.openBank();
  }
  await apply(tablet);

  await phone.getByTestId('answer-done').click();
  await phone.getByTestId('consent-withdraw').click();
  await phone.locator('[data-testid=consent-record][data-decision=withdrawn]').waitFor();
  await road.untilAnswer(phone, 'consents', {}, ({ records }) => records.some(({ withdrawalDelivered }) => withdrawalDelivered));
});

test('with cameras the tablet takes two taps, and the phone one for each consent and one at the end', async () => {
  const folder = desk.stage.folder;
  const officers = await desk.device();
  const asking = await desk.page(officers, { size: LYING });
  await visit.ask(asking, desk.stage.poster);
  const request = visit.filmOf(folder, 'request', await visit.photographs(asking));
  await asking.context().close();

  const phone = await ready(await desk.pageWith(filming(request), await desk.device(), { size: PHONE, touch: true }));
  const said = await visit.listen(phone);
  await phone.getByTestId('camera-open').click();
  await visit.decide(phone, ['agree', 'agree']);
  // At least one piece was read before the message was whole, and none was called a fault.
  const { lines, faults, buzzes } = await said();
  assert.ok(lines.some((line) => line.includes('已读 1 / ')), lines.join(' | '));
  assert.deepEqual([faults, buzzes], [0, 1]);
  const answer = visit.filmOf(folder, 'answer', await visit.photographs(phone));
  await road.recordAnew(phone);
  await phone.getByTestId('answer-done').click();
  await phone.getByTestId('consents-list').waitFor();
  assert.equal((await phone.evaluate(() => window.walk.events)).filter(({ kind }) => kind === 'tap').length, 1);

  const tablet = await ready(await desk.pageWith(filming(answer), officers, { size: LYING, touch: true }));
  await tablet.getByTestId('resume').click();
  await tablet.getByTestId('hand-over-phone').waitFor();
  await road.recordAnew(tablet);
  await tablet.getByTestId('hand-over-phone').click();
  await tablet.getByTestId('answer-scan').click();
  await tablet.getByTestId('submit').waitFor();
  const taps = (await tablet.evaluate(() => window.walk.events)).filter(({ kind }) => kind === 'tap');
  assert.deepEqual(taps.map(({ name }) => name), ['hand-over-phone', 'answer-scan']);
  await apply(tablet);
});

test('the answer is the same after leaving and coming back', async () => {
  const tablet = await desk.page(await desk.device(), { size: TABLET });
  const phone = await ready(await desk.page(await desk.device()));
  await visit.ask(tablet, desk.stage.poster);
  await visit.hand(phone, 'scan-file', await visit.photographs(tablet));
  await visit.decide(phone, ['refuse', 'refuse']);
  const first = await visit.photographs(phone);
  await road.home(phone);
  await phone.getByTestId('resume').click();
  const again = await visit.photographs(phone);
  assert.ok(first.every((picture, at) => picture.equals(again[at])), 'every code is drawn as before');
});

test('an answer to another request is refused in words', async () => {
  const [one, other] = [await desk.page(await desk.device()), await desk.page(await desk.device())];
  const phone = await ready(await desk.page(await desk.device()));
  await visit.ask(one, desk.stage.poster);
  await visit.ask(other, desk.stage.poster);
  await visit.hand(phone, 'scan-file', await visit.photographs(one));
  await visit.decide(phone, ['agree', 'agree']);
  await visit.hand(other, 'answer-file', await visit.photographs(phone));
  await other.locator('[data-testid=problem][data-code=answer_other_request]').waitFor();
});

test('the whole hand-over is walked by keyboard', async () => {
  const tablet = await desk.page(await desk.device(), { size: LYING });
  const phone = await ready(await desk.page(await desk.device()));
  const press = async (page, testid) => {
    await tabTo(page, testid);
    await page.keyboard.press('Enter');
  };
  await visit.arrive(tablet, desk.stage.poster);
  await tabTo(tablet, 'field-enterprise-code');
  await tablet.keyboard.type(road.SHOP.code);
  await press(tablet, 'hand-over-phone');
  await tablet.getByTestId('request').waitFor();
  assert.equal(await tablet.evaluate(() => document.activeElement.tagName), 'H1');
  await press(tablet, 'pieces-next');
  await tablet.getByTestId('pieces-previous').press('Enter');
  await visit.hand(phone, 'scan-file', await visit.photographs(tablet));
  for (const [answer, question] of [['consent-agree', ''], ['consent-refuse', await road.readConsent(phone)]]) {
    if (answer === 'consent-refuse') await road.readConsent(phone, question);
    await press(phone, answer);
  }
  await phone.getByTestId('pieces').waitFor();
  assert.equal(await phone.evaluate(() => document.activeElement.tagName), 'H1');
  await press(phone, 'answer-done');
  await phone.getByTestId('consents-list').waitFor();
});

/** Every state of both screens, as they are met. */
async function everyState(tablet, phone, look) {
  await visit.arrive(tablet, desk.stage.poster);
  await look(tablet, 'hand over');
  await tablet.getByTestId('hand-over-phone').click();
  await tablet.locator('[data-testid=field-enterprise-code][aria-invalid]').waitFor();
  await look(tablet, 'hand over, without a firm');
  await tablet.getByTestId('hand-over-tablet').click();
  await tablet.getByTestId('pin').fill('2468');
  await tablet.getByTestId('lend').click();
  await tablet.locator('[data-testid=pin-again][aria-invalid]').waitFor();
  await look(tablet, 'hand over the tablet, two PINs that differ');
  await tablet.getByTestId('back').click();
  await road.type(tablet, 'field-enterprise-code', road.SHOP.code);
  await tablet.getByTestId('hand-over-phone').click();
  await tablet.getByTestId('pieces').waitFor();
  await look(tablet, 'request code');
  const request = await visit.photographs(tablet);
  await phone.getByTestId('scan-file').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: request[0] });
  await phone.getByTestId('problem').waitFor();
  await look(phone, 'scan, one piece read');
  await visit.hand(phone, 'scan-file', request);
  await road.readConsent(phone);
  await look(phone, 'consent, asked by an officer');
  await visit.decide(phone, ['agree', 'refuse']);
  await phone.getByTestId('pieces').waitFor();
  await look(phone, 'answer code');
  const answer = await visit.photographs(phone);
  await tablet.getByTestId('answer-file').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: answer[0] });
  await tablet.getByTestId('problem').waitFor();
  await look(tablet, 'request code, one piece of the answer read');
  await tablet.getByTestId('answer-scan').click();
  await tablet.getByTestId('camera-absent').waitFor();
  await look(tablet, 'request, without a camera');
  await tablet.getByTestId('camera-without').click();
  await visit.hand(tablet, 'answer-file', answer);
  await tablet.getByTestId('answered-elsewhere').waitFor();
  await look(tablet, 'form, answered elsewhere');
  await phone.getByTestId('answer-done').click();
  await phone.getByTestId('consent-withdraw').first().waitFor();
  await look(phone, 'consents after the answer');
}

/** What is pressed and is too low for a finger. */
async function tooLow(page, least) {
  await settled(page);
  return page.evaluate((least) => {
    const pressable = [...document.querySelectorAll('main button, main label.button')];
    const low = pressable.filter((each) => each.getClientRects().length > 0 && each.getBoundingClientRect().height < least - 0.5);
    return low.map((each) => each.dataset.testid ?? each.textContent.trim());
  }, least);
}

for (const [name, options, large, english] of [
  ['a small phone', { size: SMALL }, false],
  ['a small phone, large type, dark', { size: SMALL, colorScheme: 'dark' }, true],
  ['a phone in English, large type', { size: PHONE }, true, true],
  ['a phone, dark', { size: PHONE, colorScheme: 'dark' }, false],
  ['a tablet', { size: TABLET }, false],
  ['a tablet lying, dark', { size: LYING, colorScheme: 'dark' }, false],
  ['a tablet lying, in English', { size: LYING }, false, true],
]) {
  test(`axe finds nothing, nothing sticks out and nothing is too small on ${name}`, async () => {
    const pages = [await desk.page(await desk.device(), options), await desk.page(await desk.device(), options)];
    for (const page of pages) {
      await ready(page);
      if (large) await page.getByTestId('toggle-large').click();
      if (english) await page.getByTestId('toggle-language').click();
      await page.locator(`html[lang=${english ? 'en' : 'zh-CN'}]${large ? '[data-large]' : ''}`).waitFor({ state: 'attached' });
    }
    const found = [];
    await everyState(...pages, async (page, state) => {
      found.push(...(await findings(page, state)));
      found.push(...(await sticksOut(page)).map((what) => `${state} sticks out: ${what}`));
      found.push(...(await tooLow(page, large ? 60 : 44)).map((what) => `${state} too low: ${what}`));
      const code = await page.getByTestId('pieces').locator('canvas').boundingBox({ timeout: 1 }).catch(() => null);
      if (code && code.width < 280) found.push(`${state}: the code is ${String(code.width)} px wide`);
    });
    assert.deepEqual(found, []);
  });
}
