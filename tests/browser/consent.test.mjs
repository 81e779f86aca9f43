import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { openDesk, PHONE } from './desk.mjs';
import * as road from './road.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

async function onFirstConsent(options) {
  const page = await desk.page(await desk.device(), options);
  await road.scan(page, desk.stage.poster);
  const question = await road.readConsent(page);
  return { page, question };
}

test('one double tap never gives two consents', async () => {
  const { page, question } = await onFirstConsent();
  const agree = await page.getByTestId('consent-agree').boundingBox();
  await page.mouse.dblclick(agree.x + agree.width / 2, agree.y + agree.height / 2, { delay: 20 });
  const second = await road.readConsent(page, question);
  assert.notEqual(second, question);
  assert.equal(await page.getByTestId('submit').count(), 0, 'the second page still asks');
});

test('two quick taps by finger give one consent', async () => {
  const { page, question } = await onFirstConsent({ touch: true });
  const agree = await page.getByTestId('consent-agree').boundingBox();
  const at = [agree.x + agree.width / 2, agree.y + agree.height / 2];
  await page.touchscreen.tap(...at);
  await page.touchscreen.tap(...at);
  await page.touchscreen.tap(...at);
  await road.readConsent(page, question);
  assert.equal(await page.getByTestId('submit').count(), 0, 'the second page still asks');
});

test('a press before the page could be read gives none', async () => {
  const page = await desk.page(await desk.device());
  await road.scan(page, desk.stage.poster);
  const agree = page.getByTestId('consent-agree');
  await agree.waitFor();
  const question = (await page.getByTestId('consent-question').textContent()).trim();
  await agree.click({ noWaitAfter: true });
  await page.keyboard.press('Tab');
  const pressed = await page.evaluate(() => {
    const drawn = window.walk.events.findLast((event) => event.kind === 'page').at;
    return window.walk.events.findLast((event) => event.kind === 'tap').at - drawn;
  });
  assert.ok(pressed < 600, `the press came too late to test anything: ${String(pressed)} ms`);
  // Well past the guard: had the press been kept, the next page would be here.
  await road.readConsent(page);
  assert.equal((await page.getByTestId('consent-question').textContent()).trim(), question);
});

test('nothing is chosen beforehand and both answers look the same', async () => {
  const { page, question } = await onFirstConsent({ size: PHONE });
  async function check() {
    // A mouse that rests on a button is no part of the page.
    await page.mouse.move(0, 0);
    assert.equal(await page.locator('input:checked, [aria-checked=true], [aria-pressed=true]').count(), 0);
    const looks = await page.evaluate(() =>
      ['consent-refuse', 'consent-agree'].map((testid) => {
        const button = document.querySelector(`[data-testid=${testid}]`);
        const style = getComputedStyle(button);
        const { width, height } = button.getBoundingClientRect();
        const same = ['fontSize', 'fontWeight', 'fontFamily', 'color', 'backgroundColor', 'backgroundImage'];
        same.push('borderTopColor', 'borderTopWidth', 'borderTopStyle', 'boxShadow', 'opacity', 'textDecorationLine');
        return {
          size: [Math.round(width), Math.round(height)],
          ...Object.fromEntries(same.map((name) => [name, style[name]])),
        };
      }),
    );
    assert.deepEqual(looks[0], looks[1]);
    assert.ok(looks[0].size[1] >= 44, 'a finger finds it');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'no answer has the focus');
  }
  await check();
  await page.getByTestId('consent-refuse').click();
  await road.readConsent(page, question);
  await check();
});

test('a form begins empty: no term, purpose or amount is pressed on anybody', async () => {
  const page = await desk.page(await desk.device());
  await road.toForm(page, desk.stage.poster);
  for (const field of ['field-amount', 'field-enterprise-code', 'field-mobile']) {
    assert.equal(await page.getByTestId(field).inputValue(), '');
  }
  assert.equal(await page.locator('#purpose input:checked').count(), 0);
  assert.equal(await page.locator('[data-testid^=amount-chip][aria-pressed=true]').count(), 0);
});

test('a refused consent is not asked for again', async () => {
  const page = await desk.page(await desk.device());
  await road.toForm(page, desk.stage.poster, ['refuse', 'refuse']);
  await page.getByTestId('consent-review-tax').click();
  await page.getByTestId('consent-decision').waitFor();
  assert.equal(await page.getByTestId('consent-agree').count(), 0);
});

test('withdrawing takes two taps from home', async () => {
  const page = await desk.page(await desk.device());
  await road.applyAsStranger(page, desk.stage.poster);
  await road.delivered(page);
  await road.home(page);
  await road.recordAnew(page);

  await page.getByTestId('go-consents').click();
  await page.getByTestId('consent-withdraw').first().click();
  await page.locator('[data-testid=consent-record][data-decision=withdrawn]').waitFor();
  const taps = await page.evaluate(() => window.walk.events.filter((event) => event.kind === 'tap').length);
  assert.equal(taps, 2);
  await page.getByTestId('consent-withdrawn').waitFor();
  // The real bank answers with its certificate, which the device verified.
  await page.getByTestId('stop-stopped').waitFor();
  assert.equal(await page.getByTestId('stop-stopped').getAttribute('data-late'), 'false');
  const treated = await page.getByTestId('treated').innerText();
  assert.match(treated, /授权凭证[^]*依法保留[^]*第五十六条[^]*至/);
  assert.match(treated, /贷款申请[^]*照常办理/);
  assert.doesNotMatch(treated, /已删除/);
});

/** Every string of the notice on the page, from top to bottom: page first, then the full text. */
async function wordsOnPage(page) {
  await page.getByTestId('consent-full').click();
  return page.evaluate(() => {
    const texts = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent.trim());
    return [
      ...texts('.consent h1'),
      ...texts('.consent dd'),
      ...texts('[data-testid=consent-agree]'),
      ...texts('[data-testid=consent-refuse]'),
      ...texts('.consent > p.soft'),
      ...texts('.consent .paragraphs > p:not(.small)'),
    ];
  });
}

for (const locale of ['zh-CN', 'en-GB']) {
  test(`the words that a record proves are those that were on the page, ${locale}`, async () => {
    const page = await desk.page(await desk.device(), { locale });
    await road.scan(page, desk.stage.poster);
    const shown = [];
    let question = '';
    for (const answer of ['agree', 'refuse']) {
      question = await road.readConsent(page, question);
      shown.push(await wordsOnPage(page));
      await page.getByTestId(`consent-${answer}`).click();
    }
    await road.fillAsStranger(page);
    await road.submit(page);
    await road.delivered(page);
    const file = join(desk.stage.folder, `evidence-${locale}.bundle`);
    const evidence = desk.stage.evidence(await road.caseOf(page), file);
    assert.equal(evidence.valid, true);
    assert.deepEqual(evidence.records.map(({ event }) => event), ['given', 'refused']);
    assert.deepEqual(evidence.records.map(({ words }) => words), shown);
  });
}
