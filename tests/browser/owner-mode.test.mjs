// An officer hands the tablet to an owner: who reaches the consents of one draft, and nothing else.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { findings, sticksOut } from './checks.mjs';
import { openDesk } from './desk.mjs';
import * as road from './road.mjs';

const OFFICER = { name: '陈立', number: '0742' };
const PIN = '4711';
const TABLET = { width: 1024, height: 768 };
/** Stands in another draft of the same officer. */
const OTHER_SHOP = '91990000OTHERSHOP9';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

/** Gives a command beside the page; its answer or its problem. */
function call(page, command, request) {
  return page.evaluate(
    async ([command, request]) => {
      const headers = { 'x-sanbu-token': sessionStorage.getItem('sanbu-token'), 'content-type': 'application/json' };
      const response = await fetch(`/ipc/${command}`, { method: 'POST', headers, body: JSON.stringify(request) });
      return response.json();
    },
    [command, request],
  );
}

/** Scans the poster in a shop and notes its enterprise code; the draft's id. */
async function visit(page, value) {
  await road.home(page);
  await road.scan(page, desk.stage.poster);
  await page.waitForFunction(() => history.state?.sanbu?.draftId !== undefined);
  const draftId = await page.evaluate(() => history.state.sanbu.draftId);
  await call(page, 'set_field', { draftId, field: 'enterprise_code', value });
  return draftId;
}

/** An officer's tablet with a draft of another shop, in the hands of an owner. */
async function inOwnerMode(options) {
  const device = await desk.device();
  const page = await desk.page(device, { size: TABLET, ...options });
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await page.getByTestId('go-settings').click();
  await page.locator('label.chip:has(input[name=whose-device][value=officer])').click();
  await road.type(page, 'staff-number', OFFICER.number);
  await page.getByTestId('officer-save').click();
  assert.match(await page.getByTestId('officer').textContent(), new RegExp(`${OFFICER.name}\\s+${OFFICER.number}`));
  const other = await visit(page, OTHER_SHOP);
  const draftId = await visit(page, road.SHOP.code);
  assert.notEqual(draftId, other);
  await call(page, 'enter_owner_mode', { draftId, pin: PIN });
  await page.getByTestId('owner-bar').waitFor();
  await road.readConsent(page);
  return { device, page, other, draftId };
}

async function assertNothingElse(page) {
  await page.getByTestId('owner-bar').waitFor();
  const tree = await page.locator('body').ariaSnapshot();
  for (const own of [OFFICER.name, OFFICER.number, road.SHOP.code]) assert.ok(tree.includes(own), tree);
  assert.ok(!tree.includes(OTHER_SHOP), tree);
  for (const other of ['open-outbox', 'go-home', 'go-settings', 'go-consents', 'draft', 'scan-file', 'submit', 'problem']) {
    assert.equal(await page.getByTestId(other).count(), 0, other);
  }
}

/** Goes with Tab to `testid`. */
async function tabTo(page, testid) {
  for (let stops = 0; stops < 40; stops += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement.dataset.testid)) === testid) return;
  }
  assert.fail(`${testid} cannot be reached by Tab`);
}

test('nothing leads out of owner mode: not back, reload, paste, a dropped file, a link, or a kill', async () => {
  const { device, page, other, draftId } = await inOwnerMode();
  await assertNothingElse(page);
  for (let steps = 0; steps < 4; steps += 1) {
    await page.evaluate(() => {
      history.back();
    });
    await assertNothingElse(page);
  }
  await page.reload();
  await assertNothingElse(page);
  const prevented = await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'code.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    const drop = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    document.body.dispatchEvent(drop);
    return drop.defaultPrevented;
  });
  assert.ok(prevented, 'a dropped file would take the place of the page');
  await assertNothingElse(page);
  for (const [command, request] of [
    ['draft', { draftId: other }],
    ['discard_draft', { draftId }],
    ['submit', { draftId }],
    ['open_link', {}],
    ['consents', {}],
  ]) {
    assert.equal((await call(page, command, request)).code, 'owner_mode', command);
  }
  await page.context().close();
  await device.killAndReopen();
  const anew = await desk.page(device, { size: TABLET });
  await assertNothingElse(anew);
});

test('the owner decides, hands back, and after the PIN the officer goes on with the form', async () => {
  const { page, draftId } = await inOwnerMode();
  const first = await road.readConsent(page);
  await page.getByTestId('consent-agree').click();
  await road.readConsent(page, first);
  await page.getByTestId('consent-refuse').click();
  await page.getByTestId('hand-back-title').waitFor();
  assert.equal(await page.getByTestId('hand-back-stay').count(), 0);
  await road.type(page, 'pin', '0000');
  await page.getByTestId('pin-go').click();
  assert.match(await page.getByTestId('pin-tries').textContent(), /4/);
  await road.type(page, 'pin', PIN);
  await page.getByTestId('pin-go').click();
  await page.getByTestId('submit').waitFor();
  assert.equal(await page.evaluate(() => history.state.sanbu.draftId), draftId);

  await road.type(page, 'field-amount', '10');
  await road.type(page, 'field-mobile', road.SHOP.mobile);
  await road.submit(page);
  await road.delivered(page);
  const file = `${desk.stage.folder}/owner-mode.bundle`;
  assert.equal(desk.stage.evidence(await road.caseOf(page), file).valid, true);
});

test('owner mode can be walked by keyboard alone', async () => {
  const { page } = await inOwnerMode();
  const first = await road.readConsent(page);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'consent-question');
  await tabTo(page, 'consent-agree');
  await page.keyboard.press('Enter');
  await road.readConsent(page, first);
  await tabTo(page, 'consent-refuse');
  await page.keyboard.press('Space');
  await page.getByTestId('hand-back-title').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'hand-back-title');
  await tabTo(page, 'pin');
  await page.keyboard.type(PIN);
  await page.keyboard.press('Enter');
  await page.getByTestId('submit').waitFor();
});

test('left alone for three minutes it shows nothing of anybody, until a touch', async () => {
  const { page } = await inOwnerMode();
  await page.clock.install();
  // Any touch starts the three minutes anew, by the clock of the test from now on.
  await page.getByTestId('owner-bar').click();
  await page.clock.fastForward(180_000);
  await page.getByTestId('idle').waitFor();
  assert.equal((await page.locator('body').innerText()).trim(), '点一下，接着办');
  assert.deepEqual(await findings(page, 'idle'), []);
  await page.mouse.click(5, 5);
  await page.getByTestId('consent-question').waitFor();
});

for (const [name, options, large] of [
  ['a tablet', {}, false],
  ['a tablet, dark, in English', { colorScheme: 'dark', locale: 'en-GB' }, false],
  ['320 px', { size: { width: 320, height: 640 } }, false],
  ['320 px, dark, in English, large type', { size: { width: 320, height: 640 }, colorScheme: 'dark', locale: 'en-GB' }, true],
]) {
  test(`axe finds nothing in owner mode and nothing sticks out on ${name}`, async () => {
    const { page } = await inOwnerMode(options);
    if (large) await page.getByTestId('toggle-large').click();
    if (options.locale === 'en-GB' && (await page.evaluate(() => document.documentElement.lang)) !== 'en') {
      await page.getByTestId('toggle-language').click();
      await page.locator('html[lang=en]').waitFor({ state: 'attached' });
    }
    const look = async (state) => {
      assert.deepEqual(await findings(page, state), []);
      assert.deepEqual(await sticksOut(page), [], state);
      if (process.env.SANBU_SHOTS) {
        await page.screenshot({ path: `${process.env.SANBU_SHOTS}/${name}, ${state}.png`.replaceAll(' ', '-'), fullPage: true });
      }
    };
    await look('consent');
    await page.getByTestId('hand-back').click();
    await page.getByTestId('hand-back-title').waitFor();
    await look('handing back early');
    await road.type(page, 'pin', '0000');
    await page.getByTestId('pin-go').click();
    await page.getByTestId('pin-tries').waitFor();
    await look('a wrong PIN');
  });
}
