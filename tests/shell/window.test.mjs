import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { inflateSync } from 'node:zlib';
import { walk } from './walk.mjs';
import { openWindowStage } from './window.mjs';

let window;
before(async () => {
  window = await openWindowStage();
});
after(() => window.close());

/** Size of a PNG and how many different bytes its pixels have: a blank window has next to none. */
function looked(png) {
  const data = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return {
    width: png.readUInt32BE(16),
    height: png.readUInt32BE(20),
    tones: new Set(inflateSync(Buffer.concat(data))).size,
  };
}

test('the real app walks from the poster to a verified acknowledgement in three taps and three fields', async () => {
  const out = join(window.stage.folder, 'pictures');
  mkdirSync(out);
  const app = await window.open();
  assert.match(window.titles(), /"三步贷"/);
  const { journey, pictures } = await walk(app, window.stage, out);
  await app.close();

  assert.deepEqual([journey.taps, journey.typed_fields], [3, 3], journey.tapped.join(', '));
  assert.equal(journey.ack, 'verified');
  assert.equal(journey.ledger.amount_fen, 10_000_000);
  assert.deepEqual(journey.ledger.consents, { tax: 'given', transactions: 'given' });
  assert.deepEqual(journey.ledger.jobs, ['decide']);
  assert.ok(journey.machine_ms > 0 && journey.machine_ms < journey.scan_to_ack_ms);
  assert.equal(Object.keys(pictures).length, 7);
  for (const [name, png] of Object.entries(pictures)) {
    const { width, height, tones } = looked(png);
    assert.ok(width >= 1000 && height >= 600, `${name} is ${String(width)} x ${String(height)}`);
    assert.ok(tones > 40, `${name} is blank`);
  }
});
