// The road of one application, as a person goes it.
import assert from 'node:assert/strict';
import { counted } from './figures.mjs';

/** A shop that does not exist, made up by tests/support/builders.rs; tidy holds the two equal. */
export const SHOP = { code: '91990000MA0000001B', mobile: '19900000001' };

/** The least time that a consent page stands before a press counts, and a little more. */
const READING_MS = 650;

/** Longest wait for an answer. */
const PATIENCE_MS = 20_000;

export async function scan(page, picture) {
  await page.getByTestId('scan-file').setInputFiles(picture);
}

/** Waits until the consent page shows another question than `last`, and until it can have been read. */
export async function readConsent(page, last = '') {
  const question = page.getByTestId('consent-question');
  await page.waitForFunction(
    (last) => {
      const heading = document.querySelector('[data-testid=consent-question]')?.textContent.trim();
      return heading !== undefined && heading !== last;
    },
    last,
  );
  const text = (await question.textContent()).trim();
  await page.waitForFunction(
    (reading) => {
      const drawn = window.walk.events.findLast((event) => event.kind === 'page');
      return drawn?.name === 'consent' && performance.now() - drawn.at > reading;
    },
    READING_MS,
  );
  return text;
}

/** Both consent pages; `answers` are 'agree' or 'refuse'. */
export async function consents(page, answers) {
  let question = '';
  for (const answer of answers) {
    question = await readConsent(page, question);
    await page.getByTestId(`consent-${answer}`).click();
  }
  await page.getByTestId('submit').waitFor();
}

/** Types into a field, key by key. */
export async function type(page, testid, text) {
  await page.getByTestId(testid).focus();
  await page.keyboard.type(text);
}

export async function fillAsStranger(page, amount = '10') {
  await type(page, 'field-amount', amount);
  await type(page, 'field-enterprise-code', SHOP.code);
  await type(page, 'field-mobile', SHOP.mobile);
}

export async function submit(page) {
  await page.getByTestId('submit').click();
  await page.getByTestId('receipt-state').waitFor();
}

export async function delivered(page) {
  await page.locator('[data-testid=receipt-state][data-state=delivered]').waitFor();
}

/** From the poster to the form. */
export async function toForm(page, poster, answers = ['agree', 'agree']) {
  await scan(page, poster);
  await consents(page, answers);
}

/** From the poster to the receipt, as somebody whom this device does not know. */
export async function applyAsStranger(page, poster, answers = ['agree', 'agree']) {
  await toForm(page, poster, answers);
  await fillAsStranger(page);
  await submit(page);
}

export async function home(page) {
  await page.getByTestId('go-home').click();
  await page.getByTestId('scan-file').waitFor({ state: 'attached' });
}

/** [taps, typed fields] between the scan and the receipt. */
export async function effort(page) {
  const { taps, typed } = counted(await page.evaluate(() => window.walk));
  return { figures: [taps.length, typed.length], taps, typed };
}

export async function assertEffort(page, expected) {
  const { figures, taps, typed } = await effort(page);
  assert.deepEqual(figures, expected, `taps ${taps.join(', ')}; typed ${typed.join(', ')}`);
}

/** The id of the case that the page shows. */
export function caseOf(page) {
  return page.evaluate(() => history.state.sanbu.caseId);
}

/** Forgets what was recorded, to count a second walk on the same page. */
export async function recordAnew(page) {
  await page.evaluate(() => {
    window.walk.events.length = 0;
    window.walk.typed.length = 0;
  });
}

/** Asks a command beside the page, again and again, until its answer is `good`. */
export async function untilAnswer(page, command, request, good) {
  const started = Date.now();
  for (;;) {
    const answer = await page.evaluate(
      async ([command, request]) => {
        const headers = { 'x-sanbu-token': sessionStorage.getItem('sanbu-token'), 'content-type': 'application/json' };
        const response = await fetch(`/ipc/${command}`, { method: 'POST', headers, body: JSON.stringify(request) });
        return response.json();
      },
      [command, request],
    );
    if (good(answer)) return;
    assert.ok(Date.now() - started < PATIENCE_MS, `${command} still answers ${JSON.stringify(answer)}`);
  }
}
