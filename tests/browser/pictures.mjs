// `cargo xtask screenshots`: the README's pictures, of the real app with a real bank, in Chinese.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LAPTOP, openDesk } from './desk.mjs';
import * as road from './road.mjs';
import { settled } from './states.mjs';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

const desk = await openDesk();
try {
  for (const [device, options] of [
    ['phone', { size: { width: 390, height: 844 }, scale: 2, touch: true }],
    ['laptop', { size: LAPTOP }],
  ]) {
    const page = await desk.page(await desk.device(), options);
    const picture = async (name) => {
      await page.mouse.move(0, 0);
      await settled(page);
      await page.screenshot({ path: join(out, `${device}-${name}.png`) });
    };
    await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
    await picture('0-scan');
    await road.scan(page, desk.stage.poster);
    const question = await road.readConsent(page);
    await picture('1-consent-tax');
    await page.getByTestId('consent-agree').click();
    await road.readConsent(page, question);
    await picture('2-consent-takings');
    await page.getByTestId('consent-refuse').click();
    await page.getByTestId('submit').waitFor();
    await road.fillAsStranger(page);
    await page.getByTestId('cost-total').waitFor();
    await page.evaluate(() => {
      document.activeElement.blur();
      scrollTo(0, 0);
    });
    await picture('3-form');
    await page.getByTestId('cost').scrollIntoViewIfNeeded();
    await page.evaluate(() => document.querySelector('[data-testid=cost]').scrollIntoView({ block: 'start' }));
    await picture('3-form-cost');
    await road.submit(page);
    await road.delivered(page);
    await picture('4-receipt');
    await page.getByTestId('receipt-outbox').click();
    await page.getByTestId('outbox-entry').waitFor();
    await picture('5-outbox');
    await road.home(page);
    await page.getByTestId('go-consents').click();
    await page.getByTestId('consent-record').first().waitFor();
    await picture('6-consents');
    await page.context().close();
  }
} finally {
  await desk.close();
}
