import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { sticksOut } from './checks.mjs';
import { LAPTOP, openDesk, PHONE, TABLET } from './desk.mjs';
import * as road from './road.mjs';
import { everyState, settled } from './states.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

for (const [name, options, large] of [
  ['in Chinese', { locale: 'zh-CN' }, false],
  ['in English', { locale: 'en-GB' }, false],
  ['in Chinese, large type', { locale: 'zh-CN' }, true],
  ['in English, large type', { locale: 'en-GB' }, true],
]) {
  test(`nothing needs sideways scrolling at 320 px, ${name}`, async () => {
    const page = await desk.page(await desk.device(), { size: { width: 320, height: 640 }, ...options });
    if (large) await page.getByTestId('toggle-large').click();
    const found = [];
    await everyState(page, desk.stage, async (state) => {
      found.push(...(await sticksOut(page)).map((what) => `${state}: ${what}`));
    });
    assert.deepEqual(found, []);
  });
}

for (const [name, least, large] of [
  ['44 px', 44, false],
  ['60 px in large type', 60, true],
]) {
  test(`everything that is pressed is at least ${name} high`, async () => {
    const page = await desk.page(await desk.device(), { size: PHONE });
    if (large) await page.getByTestId('toggle-large').click();
    const found = new Set();
    await everyState(page, desk.stage, async (state) => {
      await settled(page);
      const small = await page.evaluate((least) => {
        const pressable = [...document.querySelectorAll('button, summary, label.button, label.chip, input[type=text], input[type=tel], a[href^="tel:"]')];
        return pressable
          .filter((element) => element.getClientRects().length > 0)
          .map((element) => [element, element.closest('.box') ?? element])
          .filter(([, box]) => box.getBoundingClientRect().height < least - 0.5)
          .map(([element, box]) => `${element.dataset.testid ?? element.textContent.trim()}: ${box.getBoundingClientRect().height}`);
      }, least);
      for (const each of small) found.add(`${state}: ${each}`);
    });
    assert.deepEqual([...found], []);
  });
}

test('large type means text of at least 18 px', async () => {
  const page = await desk.page(await desk.device(), { size: PHONE });
  await page.getByTestId('toggle-large').click();
  await page.locator('html[data-large]').waitFor({ state: 'attached' });
  const smallest = new Set();
  await everyState(page, desk.stage, async (state) => {
    const found = await page.evaluate(() =>
      [...document.querySelectorAll('main p, main li, main dd, main dt, main label, main button, main h1, main h2, main td, main th')]
        .filter((element) => element.textContent.trim() !== '' && element.getClientRects().length > 0)
        .map((element) => ({ size: parseFloat(getComputedStyle(element).fontSize), text: element.textContent.trim().slice(0, 20) }))
        .filter(({ size }) => size < 18),
    );
    for (const { size, text } of found) smallest.add(`${state}: ${String(size)} px: ${text}`);
  });
  assert.deepEqual([...smallest], []);
});

test('the annual rate is the largest text of the form, and no other rate stands on it', async () => {
  const page = await desk.page(await desk.device(), { size: PHONE });
  await road.toForm(page, desk.stage.poster);
  await road.fillAsStranger(page);
  await page.getByTestId('cost-total').waitFor();
  const { rate, others, percents } = await page.evaluate(() => {
    const rate = document.querySelector('[data-testid=cost-rate]');
    const size = (element) => parseFloat(getComputedStyle(element).fontSize);
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.textContent.trim();
      if (text !== '' && element.getClientRects().length > 0) texts.push([element, text]);
    }
    const inputs = [...document.querySelectorAll('input')].map((input) => [input, input.value]);
    return {
      rate: size(rate),
      others: Math.max(...[...texts, ...inputs].filter(([element]) => !rate.contains(element)).map(([element]) => size(element))),
      percents: texts.filter(([, text]) => /[%‰]/.test(text)).map(([, text]) => text),
    };
  });
  assert.ok(rate > others, `${String(rate)} px against ${String(others)} px`);
  assert.equal(percents.length, 1, percents.join(' / '));
});

test('a press on submit straight from a broken field is not lost', async () => {
  // Leaving the field draws its error, which moves what stands below it while the button is held down.
  for (const size of [PHONE, TABLET, LAPTOP]) {
    const page = await desk.page(await desk.device(), { size });
    await road.toForm(page, desk.stage.poster);
    await road.type(page, 'field-mobile', '12');
    await page.getByTestId('submit').click();
    await page.getByTestId('error-summary').waitFor({ timeout: 5_000 });
    await page.context().close();
  }
});

test('a consent page fits a phone without scrolling', async () => {
  const page = await desk.page(await desk.device(), { size: PHONE });
  await road.scan(page, desk.stage.poster);
  await road.readConsent(page);
  const agree = await page.getByTestId('consent-agree').boundingBox();
  assert.ok(agree.y + agree.height <= PHONE.height, `the answers end at ${String(agree.y + agree.height)} px`);
});
