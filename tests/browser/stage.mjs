// Starts the real programs for a test: a bank and, for each device, a loopback host. Everything lies in
// one temporary folder and is stopped and removed by `close`; with SANBU_KEEP=1 the folder stays, with all logs.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const TARGET = process.env.SANBU_TARGET ?? join(ROOT, 'target');

/** Longest start of a program on a busy machine. */
const START_LIMIT_MS = 60_000;
/** How long a program may take to end after it was asked to. */
const STOP_LIMIT_MS = 5_000;

/** The branch and product of the poster, and what the tests know of them. */
export const BRANCH = { code: 'LQ01', number: 'LQ01-9', product: 'FLOW', name: '路桥支行' };

export function program(name, profile = 'debug') {
  return join(TARGET, profile, name);
}

const uiFolder = join(ROOT, 'ui/dist');

const running = new Set();
const folders = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) {
    if (process.env.SANBU_KEEP) console.error(`kept ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** Runs a program to its end; throws with what it said when it fails. */
export function run(file, args, options = {}) {
  const done = spawnSync(file, args, { encoding: 'utf8', ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${file} ${args.join(' ')}: ${done.signal ?? done.status}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** Starts a program; with `ready`, waits for the line that starts with it and returns the rest of that line. */
export async function start(name, file, args, { log, ready, env, fd = 1 }) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  if (fd > 2) stdio[fd] = 'pipe';
  const child = spawn(file, args, { stdio, env: { RUST_LOG: 'info', ...process.env, ...env } });
  running.add(child);
  const ended = new Promise((tell) => {
    // Not 'close': what the program started may hold its output open.
    child.once('exit', tell);
    child.once('error', tell);
  });
  void ended.then(() => running.delete(child));
  const sink = createWriteStream(log, { flags: 'a' });
  child.stderr.pipe(sink);
  if (fd !== 1) child.stdout.pipe(sink);

  if (ready === undefined) child.stdout.pipe(sink);
  const line = ready === undefined ? '' : await new Promise((tell, refuse) => {
    const late = setTimeout(() => refuse(new Error(`${name} did not get ready; see ${log}`)), START_LIMIT_MS);
    void ended.then(() => refuse(new Error(`${name} ended before it was ready:\n${readFileSync(log, 'utf8').slice(-2000)}`)));
    createInterface({ input: child.stdio[fd] }).on('line', (text) => {
      if (!text.startsWith(ready)) return;
      clearTimeout(late);
      tell(text.slice(ready.length).trim());
    });
  });

  async function stop(signal = 'SIGTERM') {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(force);
  }
  return { line, pid: child.pid, stop };
}

/** A temporary folder with a bank of its own. */
export async function openStage() {
  const folder = mkdtempSync(join(tmpdir(), 'sanbu-'));
  folders.add(folder);
  const data = join(folder, 'bank');
  const poster = join(folder, 'poster.png');
  const bank = program('bank');
  const started = new Set();
  let serving;
  let port = 0;
  let devices = 0;

  // A copy: a build of the pages in the meantime does not pull them from under a test.
  const ui = join(folder, 'ui');
  cpSync(uiFolder, ui, { recursive: true });
  run(bank, ['init', '--data', data]);
  run(bank, ['poster', '--data', data, '--branch', BRANCH.code, '--product', BRANCH.product, '--out', poster]);

  async function openBank() {
    serving = await start('bank', bank, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`], {
      log: join(folder, 'bank.log'),
      ready: 'listening on ',
    });
    started.add(serving);
    // A bank that comes back, comes back at the same address.
    port = new URL(serving.line).port;
  }
  await openBank();

  const trust = join(folder, 'trust.json');
  writeFileSync(trust, JSON.stringify({ ...JSON.parse(readFileSync(join(data, 'trust.json'), 'utf8')), address: serving.line }));

  /** What the verifier says of an evidence bundle under the bank's root key; throws when it does not hold. */
  const judge = (file) => {
    const { root_key: rootKey } = JSON.parse(readFileSync(trust, 'utf8'));
    return JSON.parse(run(program('sanbu-verify'), [file, '--root', rootKey, '--json']));
  };
  return {
    folder,
    poster,
    trust,
    address: serving.line,
    openBank,
    closeBank: () => serving.stop(),
    /** What the bank's ledger holds about an envelope. */
    ledger: (id) => JSON.parse(run(program('xtask'), ['ledger', '--data', data, '--id', id])),
    /** Writes the evidence of a case to a file, and what the verifier says of it. */
    evidence(caseId, out) {
      run(bank, ['evidence', '--data', data, '--case', caseId, '--out', out]);
      return judge(out);
    },
    judge,
    /** Changes the bank's catalogue and signs it as the next version; the bank must be closed. */
    republish(edit) {
      const file = join(data, 'catalogue.json');
      const catalogue = JSON.parse(readFileSync(file, 'utf8'));
      edit(catalogue);
      catalogue.version += 1;
      writeFileSync(file, JSON.stringify(catalogue));
      run(bank, ['catalogue', 'sign', '--data', data]);
    },
    /**
     * A new device: a loopback host with an empty folder, with or without a key store, and with so many
     * made-up entries in its outbox.
     */
    async device({ keyStore = true, entries = 0 } = {}) {
      const home = join(folder, `device-${String(++devices)}`);
      mkdirSync(home);
      const device = await openDevice(home, { trust, ui, keyStore, entries });
      started.add(device);
      return device;
    },
    async close() {
      for (const each of started) await each.stop();
    },
  };
}

async function openDevice(home, { trust, ui, keyStore, entries }) {
  let host;
  const data = join(home, 'data');
  async function open(entries = 0) {
    const args = ['--trust', trust, '--data', data, '--ui', ui, '--listen', '127.0.0.1:0'];
    if (entries > 0) args.push('--test-entries', String(entries));
    if (keyStore) args.push('--test-key-folder', join(home, 'key'));
    host = await start('loopback', program('loopback'), args, {
      log: join(home, 'loopback.log'),
      ready: 'open ',
      // The key store of whoever runs the tests is left alone.
      env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' },
    });
  }
  await open(entries);
  return {
    get url() {
      return host.line;
    },
    open,
    stop: (signal) => host.stop(signal),
    /** The process vanishes, as on a phone, and is started anew; `between` is given the folder of its files. */
    async killAndReopen(between) {
      await host.stop('SIGKILL');
      between?.(data);
      await open();
    },
  };
}
