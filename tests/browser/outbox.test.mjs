// The outbox: smooth with 10,000 entries, and with a way out of every state.
import assert from 'node:assert/strict';
import { openSync, readSync, rmSync, statSync, writeSync, closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { findings, sticksOut } from './checks.mjs';
import { LAPTOP, openDesk, PHONE } from './desk.mjs';
import * as road from './road.mjs';
import { settled } from './states.mjs';

const ENTRIES = 10_000;
/** Rows of a page; see ui/src/places/outbox/Outbox.svelte. */
const ROWS = 50;
/**
 * Longest time to another page, in the middle of five turns: a second is where a person's thought breaks
 * off. The first rows, with the code of their page, may take two. The programs here are not optimised.
 */
const SMOOTH_MS = 1_000;

/** With SANBU_SHOTS=<folder> every state is also taken as a picture, for looking at. */
const SHOTS = process.env.SANBU_SHOTS;
if (SHOTS) mkdirSync(SHOTS, { recursive: true });

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

const VIEWS = [
  ['phone', { size: PHONE }, {}],
  ['phone-dark', { size: PHONE, colorScheme: 'dark' }, {}],
  ['phone-large', { size: PHONE }, { isLarge: true }],
  ['narrow-large-english', { size: { width: 320, height: 640 } }, { isLarge: true, isEnglish: true }],
  ['laptop', { size: LAPTOP }, {}],
];

/** Looks at the page as it stands. */
async function look(page, state, found) {
  found.push(...(await findings(page, state)));
  found.push(...(await sticksOut(page)).map((what) => `${state}: ${what}`));
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${state}.png`), fullPage: true });
}

/** Turns the page to large type and to English, where asked for: the device keeps both. */
async function turnTo(page, { isLarge, isEnglish }) {
  if (isLarge) await page.getByTestId('toggle-large').click();
  if (isEnglish) await page.getByTestId('toggle-language').click();
  if (isLarge) await page.locator('html[data-large]').waitFor({ state: 'attached' });
  if (isEnglish) await page.locator('html[lang=en]').waitFor({ state: 'attached' });
}

async function openOutbox(page) {
  await page.getByTestId('open-outbox').click();
  await page.getByTestId('outbox-summary').waitFor();
}

/** A case that the bank did not get before its prices changed. */
async function heldCase(page) {
  const { stage } = desk;
  await road.scan(page, stage.poster);
  await road.consents(page, ['agree', 'agree']);
  await road.fillAsStranger(page);
  await stage.closeBank();
  await road.submit(page);
  await page.locator('[data-testid=receipt-state][data-state=queued]').waitFor();
  stage.republish((catalogue) => {
    for (const product of catalogue.products) product.rate -= 10;
  });
  await stage.openBank();
  await page.getByTestId('receipt-outbox').click();
  await page.getByTestId('send-now').click();
  await page.locator('[data-testid=outbox-entry][data-state=parked]').waitFor();
}

function damage(data) {
  const file = openSync(join(data, 'outbox.db'), 'r+');
  const page = Buffer.alloc(4096);
  const last = statSync(join(data, 'outbox.db')).size - 4096;
  readSync(file, page, 0, 4096, last);
  page.fill(0xa5, 0, 16);
  writeSync(file, page, 0, 4096, last);
  closeSync(file);
}

test('10,000 entries are smooth: a page at a time, and no more than a page is drawn', async (context) => {
  const device = await desk.device({ entries: ENTRIES });
  const page = await desk.page(device);
  const rows = page.getByTestId('outbox-entry');
  const timed = async (act, text) => {
    const began = performance.now();
    await act();
    await page.getByTestId('outbox-place').filter({ hasText: text }).waitFor();
    await settled(page);
    const took = performance.now() - began;
    assert.equal(await rows.count(), ROWS);
    return took;
  };
  const first = await timed(() => page.getByTestId('open-outbox').click(), '第 1 到 50 项，共 10000 项');
  const turns = [];
  for (let at = 1; at <= 5; at++) {
    turns.push(await timed(() => page.getByTestId('outbox-older').click(), `第 ${at * ROWS + 1} 到 `));
  }
  const began = performance.now();
  await page.mouse.wheel(0, 20_000);
  await settled(page);
  const scrolled = performance.now() - began;
  const turn = turns.sort((a, b) => a - b)[2];
  context.diagnostic(`first rows ${first.toFixed(0)} ms, a page ${turn.toFixed(0)} ms, a scroll ${scrolled.toFixed(0)} ms`);
  assert.ok(first < 2 * SMOOTH_MS, `first rows took ${first.toFixed(0)} ms`);
  assert.ok(turn < SMOOTH_MS, `a page took ${turn.toFixed(0)} ms`);
});

test('the list is walked with keys alone, and a question is answered where it is asked', async () => {
  const page = await desk.page(await desk.device({ entries: 60 }));
  await openOutbox(page);
  await page.getByTestId('outbox-older').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('outbox-place').filter({ hasText: '第 51 到 60 项' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'outbox-place');
  await page.getByTestId('outbox-newer').focus();
  await page.keyboard.press('Enter');
  await page.getByTestId('outbox-place').filter({ hasText: '第 1 到 50 项' }).waitFor();
  const first = page.getByTestId('outbox-entry').first();
  await first.getByTestId('outbox-take-back').focus();
  await page.keyboard.press('Enter');
  assert.ok(await first.evaluate((row) => row.contains(document.activeElement)), 'the question has the focus');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('29 项没发出').waitFor();
});

for (const [name, options, turned] of VIEWS) {
  test(`a held case is asked again and delivered, ${name}`, async () => {
    const found = [];
    const page = await desk.page(await desk.device(), options);
    await turnTo(page, turned);
    await heldCase(page);
    await look(page, `${name}-held`, found);
    await page.getByTestId('outbox-take-back').click();
    await look(page, `${name}-asking`, found);
    await page.locator('[data-testid^=outbox-take-back-][data-testid$=-no]').click();
    await page.getByTestId('outbox-ask-again').click();
    await page.getByTestId('instead-of').waitFor();
    await look(page, `${name}-instead`, found);
    await road.consents(page, ['agree', 'refuse']);
    await page.getByTestId('instead-of').waitFor();
    await look(page, `${name}-instead-form`, found);
    await road.submit(page);
    await road.delivered(page);
    await page.getByTestId('receipt-outbox').click();
    await page.locator('[data-testid=outbox-entry][data-state=cancelled]').waitFor();
    assert.equal(await page.locator('[data-testid=outbox-entry][data-state=delivered]').count(), 1);
    assert.deepEqual(found, []);
  });

  test(`a damaged outbox is repaired by a press, and what is gone is named, ${name}`, async () => {
    const found = [];
    const device = await desk.device({ entries: 12 });
    let page = await desk.page(device, options);
    await turnTo(page, turned);
    await road.scan(page, desk.stage.poster);
    await road.consents(page, ['agree', 'agree']);
    await road.fillAsStranger(page);
    await road.submit(page);
    await road.delivered(page);

    await device.killAndReopen(damage);
    page = await desk.page(device, options);
    await page.getByTestId('repair-start').waitFor();
    await look(page, `${name}-repair`, found);
    await page.getByTestId('repair-start').click();
    await page.getByTestId('repair-report').waitFor();
    await look(page, `${name}-repaired`, found);
    await page.getByTestId('repair-done').click();
    await page.getByTestId('scan-file').waitFor({ state: 'attached' });
    await openOutbox(page);
    await look(page, `${name}-parked`, found);
    await page.getByTestId('outbox-export').first().click();
    await page.getByTestId('outbox-exported').waitFor();
    await look(page, `${name}-exported`, found);

    await device.killAndReopen((data) => {
      for (const end of ['', '-wal']) rmSync(join(data, `outbox.db${end}`), { force: true });
    });
    page = await desk.page(device, options);
    await page.getByTestId('open-outbox').click();
    await page.getByTestId('outbox-lost-entry').waitFor();
    await look(page, `${name}-lost`, found);
    await page.getByTestId('outbox-lost-ask-again').click();
    await page.locator('[data-testid=problem][data-code=case_already_delivered]').waitFor();
    await page.getByTestId('outbox-forget').click();
    await page.locator('[data-testid^=outbox-forget-][data-testid$=-yes]').click();
    await page.getByTestId('outbox-lost').waitFor({ state: 'detached' });
    assert.deepEqual(found, []);
  });
}
