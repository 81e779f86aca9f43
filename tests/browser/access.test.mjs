import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { findings } from './checks.mjs';
import { LAPTOP, openDesk, PHONE, TABLET } from './desk.mjs';
import { everyState } from './states.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

async function allFindings(page, place) {
  const found = [];
  let states = 0;
  await everyState(page, desk.stage, async (state) => {
    states += 1;
    found.push(...(await findings(page, `${place}, ${state}`)));
  });
  assert.ok(states >= 18, `only ${String(states)} states were seen`);
  return found;
}

for (const [name, options] of [
  ['a phone, light', { size: PHONE }],
  ['a phone, dark', { size: PHONE, colorScheme: 'dark' }],
  ['a tablet, light', { size: TABLET }],
  ['a tablet, dark', { size: TABLET, colorScheme: 'dark' }],
  ['a laptop, light', { size: LAPTOP }],
  ['a laptop, dark', { size: LAPTOP, colorScheme: 'dark' }],
  ['a phone in English', { size: PHONE, locale: 'en-GB' }],
]) {
  test(`axe finds nothing in any state on ${name}`, async () => {
    const page = await desk.page(await desk.device(), options);
    assert.deepEqual(await allFindings(page, name), []);
  });
}

for (const [name, size] of [
  ['a phone', PHONE],
  ['a laptop', LAPTOP],
]) {
  test(`axe finds nothing in any state in large type on ${name}`, async () => {
    const page = await desk.page(await desk.device(), { size });
    await page.getByTestId('toggle-large').click();
    await page.locator('html[data-large]').waitFor({ state: 'attached' });
    assert.deepEqual(await allFindings(page, `${name}, large`), []);
  });
}

test('axe finds nothing while a passphrase is set, asked for and mistyped', async () => {
  const device = await desk.device({ keyStore: false });
  let page = await desk.page(device);
  const found = [];
  const look = async (state) => found.push(...(await findings(page, state)));
  const enter = async (passphrase, button) => {
    await page.getByTestId('passphrase').fill(passphrase);
    await page.getByTestId(button).click();
  };

  await page.getByTestId('key-memory').waitFor();
  await look('nothing is kept');
  await page.getByTestId('set-passphrase').click();
  await enter('short', 'passphrase-save');
  await page.getByTestId('problem').waitFor();
  await look('too short a passphrase');
  await enter('a shop by the bridge', 'passphrase-save');
  await page.getByTestId('passphrase-saved').waitFor();
  await look('a passphrase was set');

  await device.killAndReopen();
  await page.close();
  page = await desk.page(device);
  await page.getByTestId('unlock').waitFor();
  await look('locked');
  await enter('a shop by the river', 'unlock');
  await page.getByTestId('problem').waitFor();
  await look('a wrong passphrase');
  assert.deepEqual(found, []);
});
