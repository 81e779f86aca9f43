// Measures dist/ against the byte budgets of the design: what is loaded before the first step can be
// used, the camera, the lens of phones (its decoder is fetched when a code is first read), and everything
// else in the package. Exits 1 above a limit.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const KIB = 1024;
const LIMITS = { js: 40 * KIB, css: 6 * KIB, camera: 6 * KIB, lens: 320 * KIB, everything: 120 * KIB };
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const gz = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
const html = readFileSync(join(dist, 'index.html'), 'utf8');

// The entry, what it preloads, and the static imports of these.
const first = new Set([...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((match) => join(dist, match[1])));
for (const file of first) {
  if (extname(file) !== '.js') continue;
  for (const match of readFileSync(file, 'utf8').matchAll(/(?:from|^import|;import)\s*["']\.\/([^"']+\.js)["']/g)) {
    first.add(join(dist, 'assets', match[1]));
  }
}

// The entry then fetches one host, with what every host is made of, and one dictionary: the larger of each counts.
const largest = (pattern) =>
  files(join(dist, 'assets'))
    .filter((file) => pattern.test(file))
    .sort((a, b) => gz(b) - gz(a))[0];
for (const pattern of [/\/(?:tauri|loopback)-[^/]+\.js$/, /\/host-[^/]+\.js$/, /\/eyes-[^/]+\.js$/, /\/frame-[^/]+\.js$/, /\/(?:zh-Hans|en)-[^/]+\.js$/]) {
  const file = largest(pattern);
  if (file) first.add(file);
}

const LENS = /\/(?:lens-[^/]+\.wasm|page-lens-[^/]+\.js|worker-[^/]+\.js)$/;
const all = files(dist);
const fonts = all.filter((file) => /\.(woff2?|ttf|otf|eot)$/.test(file));
const sum = (list) => list.reduce((bytes, file) => bytes + gz(file), 0);
const measured = {
  js: sum([...first].filter((file) => extname(file) === '.js')),
  // Its sheet is part of the one sheet, and counted here once more as it stands in the sources.
  camera: sum([largest(/\/Camera-[^/]+\.js$/), fileURLToPath(new URL('../src/steps/scan/camera/camera.css', import.meta.url))]),
  css: sum(all.filter((file) => extname(file) === '.css')),
  lens: sum(all.filter((file) => LENS.test(file))),
  everything: sum(all.filter((file) => !LENS.test(file))),
};

let over = fonts.length > 0;
for (const [name, limit] of Object.entries(LIMITS)) {
  const bad = measured[name] > limit;
  over ||= bad;
  console.log(`${bad ? 'OVER' : 'ok  '} ${name.padEnd(10)} ${(measured[name] / KIB).toFixed(1)} KiB gz of ${limit / KIB}`);
}
for (const font of fonts) console.log(`OVER a font: ${font}`);
for (const file of all) console.log(`  ${first.has(file) ? 'first' : '     '} ${file.slice(dist.length).padEnd(40)} ${(gz(file) / KIB).toFixed(2)}`);
process.exit(over ? 1 : 0);
