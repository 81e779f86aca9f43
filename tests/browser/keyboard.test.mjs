import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { tabTo } from './checks.mjs';
import { LAPTOP, openDesk } from './desk.mjs';
import * as road from './road.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

const focused = (page) => page.evaluate(() => document.activeElement.dataset.testid ?? document.activeElement.tagName);

test('the whole road can be walked by keyboard, and the focus goes where the eye has to', async () => {
  const page = await desk.page(await desk.device(), { size: LAPTOP });
  await tabTo(page, 'scan-file');
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(desk.stage.poster);

  const first = await road.readConsent(page);
  assert.equal(await focused(page), 'consent-question');
  await tabTo(page, 'consent-full');
  await page.keyboard.press('Enter');
  await page.locator('details[open]').waitFor();
  await tabTo(page, 'consent-agree');
  await page.keyboard.press('Enter');

  await road.readConsent(page, first);
  assert.equal(await focused(page), 'consent-question');
  await tabTo(page, 'consent-refuse');
  await page.keyboard.press('Space');

  await page.getByTestId('submit').waitFor();
  assert.equal(await focused(page), 'H1');
  await tabTo(page, 'submit');
  await page.keyboard.press('Enter');
  await page.getByTestId('error-summary').waitFor();
  assert.equal(await focused(page), 'error-summary');

  // Each line of the summary leads to its field.
  const lines = page.getByTestId('error-summary').getByRole('link');
  assert.equal(await lines.count(), 3);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'INPUT');

  await page.getByTestId('error-summary').focus();
  await tabTo(page, 'field-amount');
  await page.keyboard.type('10');
  await tabTo(page, 'field-enterprise-code');
  await page.keyboard.type(road.SHOP.code);
  await tabTo(page, 'field-mobile');
  await page.keyboard.type(road.SHOP.mobile);
  // A chip is chosen by arrow keys, as any radio is.
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.locator('#term input:checked').count(), 1);
  await tabTo(page, 'submit');
  await page.keyboard.press('Enter');
  await page.getByTestId('receipt-state').waitFor();
  await road.delivered(page);
  assert.equal(await focused(page), 'H1');
});

test('a keyboard press before the page could be read gives no consent', async () => {
  const page = await desk.page(await desk.device(), { size: LAPTOP });
  await road.scan(page, desk.stage.poster);
  await page.getByTestId('consent-agree').waitFor();
  const question = await page.getByTestId('consent-question').textContent();
  await page.getByTestId('consent-agree').focus();
  await page.keyboard.press('Enter');
  await road.readConsent(page);
  assert.equal(await page.getByTestId('consent-question').textContent(), question);
  await page.keyboard.press('Enter');
  await road.readConsent(page, question.trim());
});
