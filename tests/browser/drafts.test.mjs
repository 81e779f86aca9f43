import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { openDesk } from './desk.mjs';
import * as road from './road.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

const FIELDS = [
  ['field-amount', '15'],
  ['field-enterprise-code', road.SHOP.code],
  ['field-mobile', road.SHOP.mobile],
];

async function values(page) {
  const found = [];
  for (const [field] of FIELDS) found.push(await page.getByTestId(field).inputValue());
  return found;
}

test('a reload after every field keeps what was typed', async () => {
  const page = await desk.page(await desk.device());
  await road.toForm(page, desk.stage.poster);
  const expected = ['', '', ''];
  for (const [index, [field, text]] of FIELDS.entries()) {
    await road.type(page, field, text);
    expected[index] = text;
    await page.reload();
    await page.getByTestId('submit').waitFor();
    assert.deepEqual(await values(page), expected, `after ${field}`);
  }
});

test('a reload on a consent page asks the same consent again, and only that', async () => {
  const page = await desk.page(await desk.device());
  await road.scan(page, desk.stage.poster);
  const first = await road.readConsent(page);
  await page.getByTestId('consent-agree').click();
  const second = await road.readConsent(page, first);
  await page.reload();
  assert.equal(await road.readConsent(page), second);
});

test('when the process vanishes after every field, reopening shows the same values', async () => {
  const device = await desk.device();
  let page = await desk.page(device);
  await road.toForm(page, desk.stage.poster);
  const expected = ['', '', ''];
  for (const [index, [field, text]] of FIELDS.entries()) {
    await road.type(page, field, text);
    // The last keystroke, not just the first, must be on the disk.
    const draftId = await page.evaluate(() => history.state.sanbu.draftId);
    await road.untilAnswer(page, 'draft', { draftId }, (draft) => draft.fields.some(({ value }) => value === text));
    expected[index] = text;
    await device.killAndReopen();
    await page.close();
    page = await desk.page(device);
    await page.getByTestId('resume').click();
    await page.getByTestId('submit').waitFor();
    assert.deepEqual(await values(page), expected, `after ${field}`);
  }
  await road.submit(page);
  await road.delivered(page);
});

test('without a key store a passphrase keeps what was filled in', async () => {
  const device = await desk.device({ keyStore: false });
  let page = await desk.page(device);
  await page.getByTestId('set-passphrase').click();
  await page.getByTestId('passphrase').fill('a shop by the bridge');
  await page.getByTestId('passphrase-save').click();
  await page.getByTestId('passphrase-saved').waitFor();
  await road.home(page);
  await road.toForm(page, desk.stage.poster);
  await road.fillAsStranger(page);
  const draftId = await page.evaluate(() => history.state.sanbu.draftId);
  const kept = (draft) => draft.fields.some(({ value }) => value === road.SHOP.mobile);
  await road.untilAnswer(page, 'draft', { draftId }, kept);

  await device.killAndReopen();
  await page.close();
  page = await desk.page(device);
  await page.getByTestId('passphrase').fill('a shop by the bridge');
  await page.getByTestId('unlock').click();
  await page.getByTestId('resume').click();
  await page.getByTestId('submit').waitFor();
  assert.deepEqual(await values(page), ['10', road.SHOP.code, road.SHOP.mobile]);
});

test('what is deleted is gone, and only after a second press', async () => {
  const page = await desk.page(await desk.device());
  await road.toForm(page, desk.stage.poster);
  await road.home(page);
  await page.getByTestId('discard').click();
  assert.equal(await page.getByTestId('draft').count(), 1);
  await page.getByTestId('discard-yes').click();
  await page.getByTestId('draft').waitFor({ state: 'detached' });
});

test('a second press of submit sends nothing twice', async () => {
  const page = await desk.page(await desk.device());
  await road.toForm(page, desk.stage.poster);
  await road.fillAsStranger(page);
  await page.getByTestId('submit').dblclick();
  await road.delivered(page);
  await page.getByTestId('receipt-outbox').click();
  await page.getByTestId('outbox-list').waitFor();
  assert.equal(await page.getByTestId('outbox-entry').count(), 1);
});

test('the loopback host answers nobody without its token', async () => {
  const device = await desk.device();
  const { origin, hash } = new URL(device.url);
  const ask = (headers) => fetch(`${origin}/ipc/home`, { method: 'POST', headers });
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ 'x-sanbu-token': '0'.repeat(32) })).status, 401);
  assert.equal((await ask({ 'x-sanbu-token': hash.slice('#token='.length) })).status, 200);
});
