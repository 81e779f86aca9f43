// The owner's copy: saved with no network, as a picture and as pages; its codes lead back.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { LAPTOP, openDesk } from './desk.mjs';
import * as road from './road.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

/** Presses "save a copy", then the kind of file; the path of the file. */
async function save(page, kind, within = page.locator('body')) {
  await within.getByTestId('copy-save').click();
  await within.getByTestId(`copy-${kind}`).click();
  const saved = within.getByTestId('copy-saved');
  await saved.waitFor();
  return (await saved.locator('.path').textContent()).trim();
}

/** What Rust answers beside the page; bytes go as they are. */
async function ask(page, command, request) {
  const bytes = Buffer.isBuffer(request);
  const body = bytes ? request.toString('base64') : JSON.stringify(request);
  return page.evaluate(
    async ([command, bytes, body]) => {
      const headers = { 'x-sanbu-token': sessionStorage.getItem('sanbu-token') };
      headers['content-type'] = bytes ? 'application/octet-stream' : 'application/json';
      const sent = bytes ? Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0)) : body;
      return (await fetch(`/ipc/${command}`, { method: 'POST', headers, body: sent })).json();
    },
    [command, bytes, body],
  );
}

/** Width and height of a picture as the browser unpacks it. */
async function unpacked(page, bytes, type) {
  return page.evaluate(
    async ([body, type]) => {
      const bytes = Uint8Array.from(atob(body), (sign) => sign.charCodeAt(0));
      const { width, height } = await createImageBitmap(new Blob([bytes], { type }));
      return { width, height };
    },
    [bytes.toString('base64'), type],
  );
}

/** The texts of the codes that the app's own lens finds in a picture. */
async function codesIn(page, bytes) {
  return (await ask(page, 'read_picture', bytes)).codes.map(({ text }) => text);
}

/** The objects of a PDF by number; each offset of its table must lead to the object it names. */
function objectsOf(pdf) {
  const text = pdf.toString('latin1');
  const start = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)[1]);
  const [, count] = /^xref\s+0 (\d+)\s/.exec(text.slice(start));
  const table = text.slice(text.indexOf('\n', text.indexOf('\n', start) + 1) + 1);
  const objects = new Map();
  for (let number = 1; number < Number(count); number += 1) {
    const at = Number(table.slice(number * 20, number * 20 + 10));
    assert.ok(text.startsWith(`${number} 0 obj`, at), `object ${number} stands where the table says`);
    const end = text.indexOf('endobj', at);
    objects.set(number, { head: text.slice(at, text.indexOf('stream', at) > 0 ? Math.min(end, text.indexOf('stream', at)) : end), at });
  }
  return objects;
}

/** The page pictures of a PDF, in order, and how many pages it says it has. */
function pagesOf(pdf) {
  const text = pdf.toString('latin1');
  const objects = [...objectsOf(pdf).values()];
  const pictures = objects.filter(({ head }) => head.includes('/DCTDecode'));
  const said = Number(/\/Type \/Pages[\s\S]*?\/Count (\d+)/.exec(text)[1]);
  const bytes = pictures.map(({ head, at }) => {
    const from = text.indexOf('stream', at) + 'stream'.length;
    const begin = from + (text[from] === '\r' ? 2 : 1);
    return pdf.subarray(begin, begin + Number(/\/Length (\d+)/.exec(head)[1]));
  });
  return { said, bytes };
}

function keep(name, bytes) {
  if (process.env.SANBU_KEEP) writeFileSync(join(desk.stage.folder, name), bytes);
}

for (const locale of ['zh-Hans', 'en']) {
  test(`a copy is saved offline as a picture and as pages, and its codes are read, ${locale}`, async () => {
    const page = await desk.page(await desk.device());
    if (locale === 'en') await page.getByTestId('toggle-language').click();
    await page.locator(`html[lang^=${locale.slice(0, 2)}]`).waitFor({ state: 'attached' });
    await road.toForm(page, desk.stage.poster, ['agree', 'refuse']);
    await road.fillAsStranger(page);
    await desk.stage.closeBank();
    try {
      await road.submit(page);
      const copy = { of: 'case', id: await road.caseOf(page) };
      const { locale: shownIn, blocks } = await ask(page, 'consent_copy', copy);
      assert.equal(shownIn, locale, 'in the language in which it was asked');
      const codes = blocks.filter(({ style }) => style === 'code').map(({ text }) => text);
      assert.equal(codes.length, 2);

      const picture = readFileSync(await save(page, 'picture'));
      keep(`copy-${locale}.png`, picture);
      const { width, height } = await unpacked(page, picture, 'image/png');
      assert.equal(width, 1080);
      assert.ok(height > 2000 && height <= 12_000, `${height} px`);
      assert.deepEqual((await codesIn(page, picture)).sort(), codes.toSorted());

      const pdf = readFileSync(await save(page, 'pages'));
      keep(`copy-${locale}.pdf`, pdf);
      const { said, bytes } = pagesOf(pdf);
      assert.ok(said > 1);
      assert.equal(bytes.length, said, 'each page has its picture');
      const read = [];
      for (const each of bytes) {
        assert.deepEqual(await unpacked(page, each, 'image/jpeg'), { width: 1588, height: 2246 });
        read.push(...(await codesIn(page, each)));
      }
      assert.deepEqual(read.sort(), codes.toSorted());
    } finally {
      await desk.stage.openBank();
    }
  });
}

test('the way that a copy names is there: to the list, to the record, to withdrawing', async () => {
  const page = await desk.page(await desk.device());
  await road.applyAsStranger(page, desk.stage.poster);
  const path = await save(page, 'picture');
  const { blocks } = await ask(page, 'consent_copy', { of: 'case', id: await road.caseOf(page) });
  const way = blocks.map(({ text }) => text).find((text) => text.includes('打开三步贷'));
  const [list, press] = [...way.matchAll(/“(.+?)”/g)].map(([, words]) => words);

  await road.home(page);
  await page.getByRole('button', { name: list }).click();
  const record = page.getByTestId('consent-record').first();
  assert.equal((await record.getByTestId('consent-withdraw').textContent()).trim(), press);
  // The short lines have the labels that they have on the screen.
  const labels = await record.locator('dt').allTextContents();
  const facts = blocks.filter(({ style }) => style === 'fact').map(({ label }) => label);
  assert.deepEqual(facts.slice(0, labels.length), labels.map((label) => label.trim()));

  // Some time later somebody opens the picture of the copy in the app.
  await page.getByTestId('back').click();
  await road.scan(page, path);
  await page.locator('[data-page=consents]').waitFor();
  await page.waitForFunction(() => document.activeElement.dataset.testid === 'consent-record');
  const focused = page.locator('[data-testid=consent-record]:focus');
  await focused.getByTestId('consent-withdraw').click();
  await page.locator('[data-testid=consent-record][data-decision=withdrawn]').waitFor();
});

test('on another device the code of a copy says what it is and whom to call', async () => {
  const own = await desk.page(await desk.device());
  await road.applyAsStranger(own, desk.stage.poster);
  const path = await save(own, 'picture');
  const other = await desk.page(await desk.device(), { size: LAPTOP });
  await other.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await road.scan(other, path);
  const told = other.getByTestId('problem');
  await told.waitFor();
  assert.equal(await told.getAttribute('data-code'), 'code_is_consent_elsewhere');
  assert.ok((await other.locator('a[href^="tel:"]').count()) > 0, 'the number is on the page');
});

test('by keys alone, and the focus is never lost', async () => {
  const page = await desk.page(await desk.device());
  await road.applyAsStranger(page, desk.stage.poster);
  await page.getByTestId('copy-save').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.dataset.testid === 'copy-picture');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement.dataset.testid === 'copy-save');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.dataset.testid === 'copy-picture');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByTestId('copy-saved').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), 'copy-save');
});
