import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { codeOf, filmedPage, focused, openCamera, says, tracks } from './camera-stage.mjs';
import { openDesk } from './desk.mjs';
import * as road from './road.mjs';
import { still, VGA } from './video.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

test('the code on a business licence fills in the enterprise code', async () => {
  const text = `http://zj.gsxt.gov.cn/show?uniscid=${road.SHOP.code}`;
  const licence = codeOf(desk, 'licence', text);
  const page = await filmedPage(desk, VGA, 2, still({ ...licence, at: [0, 0], side: 260 }));
  // At step 1 the same code is no branch code.
  await openCamera(page);
  await says(page, 'code_is_licence');
  await road.toForm(page, desk.stage.poster);
  assert.deepEqual(await tracks(page), ['ended']);

  await road.type(page, 'field-enterprise-code', 'wrong');
  await page.getByTestId('licence-scan').click();
  await page.waitForFunction((code) => document.querySelector('[data-testid=field-enterprise-code]').value === code, road.SHOP.code);
  assert.equal(await focused(page), 'field-enterprise-code');
  assert.equal(await page.getByTestId('camera').count(), 0);
  assert.deepEqual(await tracks(page), ['ended', 'ended']);
  assert.ok((await page.getByTestId('licence').innerText()).includes('填好了'));

  await road.type(page, 'field-amount', '10');
  await road.type(page, 'field-mobile', road.SHOP.mobile);
  await road.submit(page);
  await road.delivered(page);
});

test('a picture of a business licence fills it in as well, and one without a code says so', async () => {
  codeOf(desk, 'licence-picture', road.SHOP.code);
  codeOf(desk, 'no-licence', 'https://www.example.com/');
  const page = await desk.page(await desk.device());
  await road.toForm(page, desk.stage.poster);
  await page.getByTestId('licence-file').setInputFiles(join(desk.stage.folder, 'no-licence.png'));
  await page.locator('[data-testid=problem][data-code=licence_unreadable]').waitFor();
  await page.getByTestId('licence-file').setInputFiles(join(desk.stage.folder, 'licence-picture.png'));
  await page.waitForFunction((code) => document.querySelector('[data-testid=field-enterprise-code]').value === code, road.SHOP.code);
  assert.equal(await page.getByTestId('problem').count(), 0);
});
