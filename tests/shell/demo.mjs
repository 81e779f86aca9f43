// `cargo xtask demo`: one walk in the real window; pictures and journey.json go to --out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { walk } from './walk.mjs';
import { openWindowStage } from './window.mjs';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

const stage = await openWindowStage();
try {
  const app = await stage.open();
  const { journey } = await walk(app, stage.stage, out);
  await app.close();
  const evidence = stage.stage.evidence(journey.application_id, join(out, 'evidence.bundle'));
  journey.evidence = { valid: evidence.valid, records: evidence.records.map(({ notice, event }) => ({ notice, event })) };
  writeFileSync(join(out, 'journey.json'), `${JSON.stringify(journey, null, 2)}\n`);
  if (journey.ack !== 'verified') {
    console.error('the acknowledgement was not verified');
    process.exitCode = 1;
  }
} finally {
  await stage.close();
}
