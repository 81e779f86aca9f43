import assert from 'node:assert/strict';
import test from 'node:test';
import { counted, times } from './figures.mjs';

const walk = {
  typed: ['field-amount'],
  events: [
    { kind: 'page', name: 'scan', state: '', at: 0 },
    { kind: 'tap', name: 'toggle-large', at: 50 },
    { kind: 'scan', name: 'scan-file', at: 100 },
    { kind: 'page', name: 'consent', state: '', at: 180 },
    { kind: 'tap', name: 'consent-agree', at: 900 },
    { kind: 'page', name: 'form', state: '', at: 920 },
    { kind: 'tap', name: 'submit', at: 2000 },
    { kind: 'page', name: 'case', state: 'queued', at: 2030 },
    { kind: 'page', name: 'case', state: 'delivered', at: 2070 },
    { kind: 'tap', name: 'receipt-outbox', at: 3000 },
  ],
};

test('only what lies between the scan and the receipt is counted', () => {
  assert.deepEqual(counted(walk), { taps: ['consent-agree', 'submit'], typed: ['field-amount'] });
});

test('machine time is the sum of the waits for the app', () => {
  assert.deepEqual(times(walk), { scan_to_ack_ms: 1970, machine_ms: 80 + 20 + 70 });
});

test('a walk without an acknowledgement has no time', () => {
  assert.throws(() => times({ ...walk, events: walk.events.slice(0, 8) }));
});
