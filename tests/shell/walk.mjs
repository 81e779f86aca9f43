// The demo road in the real window: from the poster's PNG to the verified acknowledgement and on to the
// outbox and the consents, with a picture of each screen.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { counted, times } from '../browser/figures.mjs';
import { SHOP } from '../browser/road.mjs';

const RECORDER = readFileSync(new URL('../browser/recorder.js', import.meta.url), 'utf8');
/** The consent pages must stand for 600 ms before a press counts. */
const READING_MS = 650;

const shown = (testid) => document.querySelector(`[data-testid="${testid}"]`) !== null;

/** Walks; `out` is the folder of the pictures. Returns what was measured and what the bank's ledger says. */
export async function walk({ session, cold_start_ms }, stage, out) {
  const pictures = {};
  async function picture(name) {
    // A page that fades in is looked at when it is there.
    await session.until('a page at rest', () => document.getAnimations().every((each) => each.playState !== 'running'));
    pictures[name] = await session.picture();
    writeFileSync(join(out, `${name}.png`), pictures[name]);
  }
  async function consent(last) {
    return session.until(
      'the next consent page to be read',
      (last, reading) => {
        const question = document.querySelector('[data-testid=consent-question]')?.textContent.trim();
        const drawn = window.walk.events.filter((event) => event.kind === 'page').pop();
        return question !== last && drawn?.name === 'consent' && performance.now() - drawn.at > reading ? question : null;
      },
      last,
      READING_MS,
    );
  }

  await session.inject(RECORDER);
  await session.until('the catalogue', () => document.querySelector('[data-testid=catalogue-missing]') === null);
  await picture('S0-scan');

  await session.type('scan-file', stage.poster);
  const question = await consent('');
  await picture('S1-consent-tax');
  await session.click('consent-agree');
  await consent(question);
  await picture('S2-consent-takings');
  await session.click('consent-agree');

  await session.until('the form', shown, 'submit');
  await session.type('field-amount', '10');
  await session.type('field-enterprise-code', SHOP.code);
  await session.type('field-mobile', SHOP.mobile);
  await session.until('the cost', shown, 'cost-total');
  await picture('S3-form');
  await session.click('submit');

  const state = await session.until('the acknowledgement', () => {
    const state = document.querySelector('[data-testid=receipt-state]')?.dataset.state;
    return state === 'queued' ? null : state;
  });
  await picture('S4-receipt');
  const reference = await session.run(() => document.querySelector('[data-testid=receipt-reference]')?.textContent.trim());
  const caseId = await session.run(() => history.state.sanbu.caseId);
  const recorded = await session.run(() => window.walk);

  await session.click('receipt-outbox');
  await session.until('the outbox', shown, 'outbox-entry');
  await picture('S5-outbox');
  await session.click('go-home');
  await session.until('the first screen', shown, 'go-consents');
  await session.click('go-consents');
  await session.until('the consents', shown, 'consent-record');
  await picture('S6-consents');

  const { taps, typed } = counted(recorded);
  const row = stage.ledger(caseId);
  const journey = {
    taps: taps.length,
    typed_fields: typed.length,
    ...times(recorded),
    ack: verified(state, reference, row) ? 'verified' : 'not verified',
    application_id: caseId,
    cold_start_ms,
    reference,
    tapped: taps,
    typed,
    ledger: row,
    window: await session.size(),
  };
  return { journey, pictures };
}

/** The screen says so only after the client has verified the bank's signature; the bank's own row must agree. */
function verified(state, reference, row) {
  return state === 'delivered' && Boolean(reference) && row !== null && row.reference === reference && row.ack_bytes > 0;
}
