// Two queues of the web beside the outbox, in Chromium, with the same number of items of the same size:
// PouchDB replicating to a PouchDB server, and Workbox's background sync. Started by
// `cargo xtask bench outbox --peers`; its last line is JSON. Everything lies in the folder it is given.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execFileSync } from 'node:child_process';
import express from 'express';
import expressPouchDB from 'express-pouchdb';
import PouchDB from 'pouchdb';
import { chromium } from 'playwright-core';

const { values } = parseArgs({ options: { folder: { type: 'string' }, items: { type: 'string', default: '1000' } } });
const ITEMS = Number(values.items);
/** Characters of an item: 4 kB, a case without photos. */
const SIZE = 4096;
/** Chromium is killed when so many items were said to be saved. */
const KILL_AT = Math.ceil(ITEMS / 2);
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Longest wait for anything: five minutes. */
const LIMIT_MS = 300_000;

const require = createRequire(import.meta.url);
const here = (path) => join(import.meta.dirname, path);
const version = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), 'utf8')).version;

/** One server for all: pages, the PouchDB server, and a sink that answers each item with 201. */
async function serve() {
  const data = join(values.folder, 'server/');
  mkdirSync(data, { recursive: true });
  const app = express();
  const pages = express.Router();
  pages.get('/pouchdb.js', (_, answer) => answer.sendFile(require.resolve('pouchdb/dist/pouchdb.min.js')));
  for (const name of ['workbox-core', 'workbox-background-sync']) {
    const file = here(`node_modules/${name}/build/${name}.prod.js`);
    pages.get(`/${name}.js`, (_, answer) => answer.sendFile(file));
  }
  pages.use(express.static(here('pages')));
  app.use('/pages', pages);
  let taken = 0;
  app.post('/sink/:id', (request, answer) => {
    request.resume().on('end', () => {
      taken += 1;
      answer.sendStatus(201);
    });
  });
  app.use('/couch', expressPouchDB(PouchDB.defaults({ prefix: data }), {
    mode: 'minimumForPouchDB',
    logPath: join(data, 'log.txt'),
    configPath: join(data, 'config.json'),
  }));
  const server = await new Promise((tell) => {
    const listening = app.listen(0, '127.0.0.1', () => tell(listening));
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, taken: () => taken, close: () => server.closeAllConnections() ?? server.close() };
}

/** Chromium with a profile of its own on the disk that is meant. */
async function open(profile) {
  const found = CHROMIUM.find((path) => existsSync(path));
  if (found === undefined) throw new Error('there is no Chromium on this machine');
  const folder = join(values.folder, profile);
  const flags = ['--no-sandbox', '--disable-dev-shm-usage'];
  const context = await chromium.launchPersistentContext(folder, { executablePath: found, headless: true, args: flags });
  context.setDefaultTimeout(LIMIT_MS);
  const kill = () => {
    // All of its processes name the profile; no other program does.
    const pids = execFileSync('pgrep', ['-f', '--', `--user-data-dir=${folder}`], { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Ended with its parent.
      }
    }
  };
  return { context, kill };
}

async function pageOf({ context }, origin, name) {
  const page = await context.newPage();
  await page.goto(`${origin}/pages/${name}.html`);
  await page.waitForFunction(() => globalThis.peer !== undefined);
  return page;
}

/** Saves everything, lists it in a browser that was started anew, sends it. */
async function measure(origin, name) {
  let browser = await open(`${name}-rates`);
  let page = await pageOf(browser, origin, name);
  const remote = `${origin}/couch/${name}`;
  const saved = await page.evaluate(([items, size]) => globalThis.peer.save(items, size), [ITEMS, SIZE]);
  await browser.context.close();

  browser = await open(`${name}-rates`);
  page = await pageOf(browser, origin, name);
  const listed = await page.evaluate(() => globalThis.peer.list());
  if (listed.count !== ITEMS) throw new Error(`${name} lists ${listed.count} of ${ITEMS}`);
  const drained = await page.evaluate((to) => globalThis.peer.drain(to), remote);
  await browser.context.close();
  return { enqueue_per_s: ITEMS / saved.seconds, drain_per_s: ITEMS / drained.seconds, reopen_and_list_ms: listed.seconds * 1000 };
}

/** Kills the browser after it said "saved" so many times, and counts what is not there any more. */
async function lostInAKill(origin, name) {
  const browser = await open(`${name}-killed`);
  const page = await pageOf(browser, origin, name);
  let said = 0;
  const enough = new Promise((tell) => {
    page.on('console', (line) => {
      if (!line.text().startsWith('saved ')) return;
      said = Number(line.text().slice(6));
      if (said === KILL_AT) tell();
    });
  });
  page.evaluate(([items, size]) => globalThis.peer.save(items, size), [ITEMS, SIZE]).catch(() => undefined);
  await enough;
  browser.kill();
  await browser.context.close().catch(() => undefined);

  const again = await open(`${name}-killed`);
  const { count } = await (await pageOf(again, origin, name)).evaluate(() => globalThis.peer.list());
  await again.context.close();
  return { said_saved: said, lost_in_a_kill: Math.max(0, said - count) };
}

const server = await serve();
const figures = {};
for (const name of ['pouchdb', 'workbox']) {
  console.log(`${name}: ${ITEMS} items of ${SIZE} characters`);
  figures[name] = { ...(await measure(server.origin, name)), ...(await lostInAKill(server.origin, name)) };
}
if (server.taken() !== ITEMS) throw new Error(`the sink took ${server.taken()} of ${ITEMS}`);
const browser = await open('version');
const chromiumVersion = browser.context.browser()?.version() ?? 'unknown';
await browser.context.close();
server.close();
console.log(JSON.stringify({
  ...figures,
  versions: {
    pouchdb: version('pouchdb'),
    express_pouchdb: version('express-pouchdb'),
    workbox: version('workbox-background-sync'),
    chromium: chromiumVersion,
  },
}));
process.exit(0);
