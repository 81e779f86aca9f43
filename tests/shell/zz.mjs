import { openWindowStage } from './window.mjs';
import { readFileSync } from 'node:fs';
const st = await openWindowStage();
Object.assign(st.env, JSON.parse(process.argv[2] ?? '{}'));
for (const k of Object.keys(st.env)) if (st.env[k] === null) delete st.env[k];
try {
  const app = await st.open();
  console.log('cold', app.cold_start_ms);
  const s = app.session;
  for (let i = 0; i < 3; i++) { const t = performance.now(); console.log('shot', (await s.picture()).length, Math.round(performance.now() - t)); }
  await s.until('cat', () => document.querySelector('[data-testid=catalogue-missing]') === null);
  await s.type('scan-file', st.stage.poster);
  await s.until('consent', () => document.querySelector('[data-testid=consent-question]') !== null);
  for (let i = 0; i < 3; i++) { const t = performance.now(); console.log('shot', (await s.picture()).length, Math.round(performance.now() - t)); }
} catch (e) { console.log(String(e)); } finally { await st.close(); }
process.exit(0);
