import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { openDesk, PHONE } from './desk.mjs';
import { BRANCH } from './stage.mjs';
import * as road from './road.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

for (const answers of [
  ['agree', 'agree'],
  ['refuse', 'refuse'],
  ['agree', 'refuse'],
]) {
  test(`a stranger from a poster takes three taps and fills three fields, ${answers.join('/')}`, async () => {
    const page = await desk.page(await desk.device(), { size: PHONE, touch: true });
    await road.applyAsStranger(page, desk.stage.poster, answers);
    await road.delivered(page);
    await road.assertEffort(page, [3, 3]);

    const reference = (await page.getByTestId('receipt-reference').textContent()).trim();
    const row = desk.stage.ledger(await road.caseOf(page));
    assert.equal(row.reference, reference);
    assert.equal(row.branch, BRANCH.code);
    assert.equal(row.amount_fen, 10_000_000);
    assert.ok(row.ack_bytes > 0);
    const events = { agree: 'given', refuse: 'refused' };
    assert.deepEqual(row.consents, { tax: events[answers[0]], transactions: events[answers[1]] });
    assert.deepEqual(row.jobs, ['decide']);
  });
}

test('the evidence of a case is fetched from its receipt and holds for somebody without a network', async () => {
  const page = await desk.page(await desk.device(), { size: PHONE, touch: true });
  await road.applyAsStranger(page, desk.stage.poster, ['agree', 'refuse']);
  await road.delivered(page);
  await page.getByTestId('evidence').click();
  const file = (await page.getByTestId('evidence-saved').locator('.path').textContent()).trim();
  assert.deepEqual(
    desk.stage.judge(file).records.map((record) => record.event),
    ['given', 'refused'],
  );

  await desk.stage.closeBank();
  try {
    await page.getByTestId('evidence').click();
    await page.locator('[data-testid=problem][data-code=offline]').waitFor();
  } finally {
    await desk.stage.openBank();
  }
});

test('a returning shop takes three taps and fills one field', async () => {
  const page = await desk.page(await desk.device());
  await road.applyAsStranger(page, desk.stage.poster);
  await road.delivered(page);
  await road.home(page);
  await road.recordAnew(page);

  await road.toForm(page, desk.stage.poster);
  await page.getByTestId('shop').waitFor();
  await road.type(page, 'field-amount', '20');
  await road.submit(page);
  await road.delivered(page);
  await road.assertEffort(page, [3, 1]);
});

test('a stranger without a way to the bank takes three taps, and the case is delivered later', async () => {
  const page = await desk.page(await desk.device());
  // The catalogue is on the device; the bank is then gone.
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await desk.stage.closeBank();
  try {
    await road.applyAsStranger(page, desk.stage.poster);
    await page.locator('[data-testid=receipt-state][data-state=queued]').waitFor();
    await road.assertEffort(page, [3, 3]);
    assert.equal(await page.getByTestId('receipt-reference').count(), 0, 'no number before the bank gave one');
  } finally {
    await desk.stage.openBank();
  }
  await page.getByTestId('receipt-outbox').click();
  await page.getByTestId('send-now').click();
  await page.locator('[data-testid=outbox-entry][data-state=delivered]').waitFor();
});

test('a receipt that is drawn late still tells that the bank has it', async () => {
  const page = await desk.page(await desk.device());
  // The receipt's code arrives after the bank's answer, so that nothing is told to the page in time.
  let letGo;
  const held = new Promise((release) => (letGo = release));
  await page.route('**/assets/Case-*.js', async (route) => {
    await held;
    await route.continue();
  });
  await road.toForm(page, desk.stage.poster);
  await road.fillAsStranger(page);
  const submitted = page.waitForResponse((response) => response.url().endsWith('/ipc/submit'));
  await page.getByTestId('submit').click();
  const { caseId } = await (await submitted).json();
  await road.untilAnswer(page, 'case', { caseId }, (view) => view.state === 'delivered');
  letGo();
  await road.delivered(page);
});

test('a typed branch number is checked by its last character, and leads to the same consents', async () => {
  const page = await desk.page(await desk.device());
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await road.type(page, 'branch-number', `${BRANCH.code}-Z`);
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=problem][data-code=branch_number_check]').waitFor();

  await page.getByTestId('branch-number').fill(BRANCH.number.toLowerCase());
  await page.getByTestId('branch-number-go').click();
  await road.readConsent(page);
  assert.ok((await page.getByTestId('where').innerText()).includes(BRANCH.name));
});
