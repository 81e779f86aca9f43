// Every screen and state of the app, reached as a person reaches it. Used to look at each of them.
import * as road from './road.mjs';

/**
 * Walks through all screens on a new device and calls `look(name)` in each state.
 *
 * `stage` is needed to take the bank away and bring it back.
 */
export async function everyState(page, stage, look) {
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await look('scan');

  await road.type(page, 'branch-number', 'LQ01-Z');
  await page.keyboard.press('Enter');
  await page.getByTestId('problem').waitFor();
  await look('scan with a problem');

  // The browsers of most tests have none; camera-states.test.mjs has films.
  await page.getByTestId('camera-open').click();
  await page.getByTestId('camera-absent').waitFor();
  await look('scan, without a camera');
  await page.getByTestId('camera-without').click();

  await road.scan(page, stage.poster);
  const first = await road.readConsent(page);
  await look('first consent');
  await page.getByTestId('consent-full').click();
  await look('first consent, full text');
  await page.getByTestId('consent-agree').click();
  await road.readConsent(page, first);
  await look('second consent');
  await page.getByTestId('consent-refuse').click();

  await page.getByTestId('submit').waitFor();
  await look('form, empty');
  await road.type(page, 'field-enterprise-code', '91350100M000100Y44');
  await road.type(page, 'field-mobile', '12');
  await page.getByTestId('submit').click();
  await page.getByTestId('error-summary').waitFor();
  await look('form with errors');
  for (const field of ['field-enterprise-code', 'field-mobile']) await page.getByTestId(field).fill('');
  await road.fillAsStranger(page);
  await page.getByTestId('cost-total').waitFor();
  await page.getByTestId('cost-schedule').click();
  await look('form, filled, with the schedule');

  await page.getByTestId('consent-review-tax').click();
  await page.getByTestId('consent-decision').waitFor();
  await look('consent, decided');
  await page.getByTestId('back').click();
  await page.getByTestId('submit').waitFor();

  await stage.closeBank();
  try {
    await road.submit(page);
    await page.locator('[data-testid=receipt-state][data-state=queued]').waitFor();
    await look('receipt, saved');
    await page.getByTestId('copy-save').click();
    await page.getByTestId('copy-pages').waitFor();
    await look('receipt, asking how a copy is kept');
    await page.getByTestId('copy-pages').click();
    await page.getByTestId('copy-saved').waitFor();
    await look('receipt, with a copy kept');
    if (await page.getByTestId('take-back').count()) {
      await page.getByTestId('take-back').click();
      await page.getByTestId('take-back-no').waitFor();
      await look('receipt, asking before it is taken back');
      await page.getByTestId('take-back-no').click();
    }
    await page.getByTestId('receipt-outbox').click();
    await page.getByTestId('outbox-entry').waitFor();
    await look('outbox, waiting');
    await road.home(page);
    await page.getByTestId('go-outbox').waitFor();
    await look('scan, with something unsent');
  } finally {
    await stage.openBank();
  }
  await page.getByTestId('open-outbox').click();
  await page.getByTestId('send-now').click();
  await page.locator('[data-testid=outbox-entry][data-state=delivered]').waitFor();
  await look('outbox, delivered');
  await page.getByTestId('outbox-open').click();
  await road.delivered(page);
  await look('receipt, received');

  await road.home(page);
  await page.getByTestId('go-consents').click();
  await page.getByTestId('consent-withdraw').first().waitFor();
  await look('consents');
  await page.getByTestId('consent-withdraw').first().click();
  await page.getByTestId('consent-withdrawn').first().waitFor();
  await look('consents, one withdrawn');

  await road.home(page);
  await page.getByTestId('go-settings').click();
  await page.getByTestId('key-rung').waitFor();
  await look('settings');

  await road.home(page);
  await road.scan(page, stage.poster);
  await road.readConsent(page);
  await road.home(page);
  await page.getByTestId('draft').waitFor();
  await look('scan, with a draft');
  await page.getByTestId('discard').click();
  await page.getByTestId('discard-no').waitFor();
  await look('scan, asking before a draft is deleted');
}

/** Waits until nothing moves any more: what is measured is what stays. */
export async function settled(page) {
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
    await new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
  });
}
