import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { openDesk } from './desk.mjs';
import * as road from './road.mjs';
import { run } from './stage.mjs';

let desk;
before(async () => {
  desk = await openDesk();
});
after(() => desk.close());

/** A picture of a code, made by Debian's qrencode. */
function codeOf(text) {
  const file = join(desk.stage.folder, 'foreign.png');
  run('qrencode', ['-o', file, '-s', '8', '-m', '4', '-l', 'M', text]);
  return file;
}

async function refusal(page, picture) {
  await road.scan(page, picture);
  const note = page.getByTestId('problem');
  await note.waitFor();
  return { code: await note.getAttribute('data-code'), words: (await note.innerText()).trim() };
}

for (const [what, text, code] of [
  ['a WeChat payment code', 'wxp://f2f0aBcDeFgHiJkLmNoPqRsTuVwXyZ012345', 'code_is_payment'],
  ['an Alipay code', 'https://qr.alipay.com/fkx12345abcdef67890', 'code_is_payment'],
  ['an Alipay mini program', 'https://ds.alipay.com/?from=mobilecodec&scheme=x', 'code_is_alipay'],
  ['a business licence', `http://zj.gsxt.gov.cn/show?uniscid=${road.SHOP.code}`, 'code_is_licence'],
  ['a WeChat contact', 'https://u.wechat.com/MAbCdEfGhIjKlMnOp', 'code_is_wechat'],
  ['a web link', 'https://www.example.com/promo?id=1', 'code_is_link'],
  ['some other text', 'WIFI:T:WPA;S:shop;P:secret;;', 'code_is_other'],
]) {
  test(`${what} is called by its name, with what to do`, async () => {
    const page = await desk.page(await desk.device());
    await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
    const refused = await refusal(page, codeOf(text));
    assert.equal(refused.code, code);
    assert.ok(refused.words.split('\n').length >= 2, refused.words);
    assert.ok(!refused.words.includes(text.slice(0, 12)), 'a stranger\'s text is never shown');
    assert.equal(await page.getByTestId('consent-question').count(), 0);
  });
}

test('a picture without a code, and a file that is no picture, are told apart', async () => {
  const page = await desk.page(await desk.device());
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  const plain = join(desk.stage.folder, 'plain.png');
  writeFileSync(plain, await page.screenshot({ clip: { x: 0, y: 0, width: 300, height: 50 } }));
  assert.equal((await refusal(page, plain)).code, 'code_not_found');

  const text = join(desk.stage.folder, 'letter.png');
  writeFileSync(text, 'this is not a picture\n'.repeat(50));
  await page.locator('[data-testid=problem]').waitFor();
  await road.scan(page, text);
  await page.locator('[data-testid=problem][data-code=picture_unreadable]').waitFor();
});

test('a branch code of another bank is not taken for ours', async () => {
  const other = await openDesk();
  try {
    const page = await desk.page(await desk.device());
    await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
    const { code } = await refusal(page, other.stage.poster);
    assert.match(code, /^ticket_(forged|other_bank)$/);
  } finally {
    await other.close();
  }
});

test('after a refusal the right picture goes on at once', async () => {
  const page = await desk.page(await desk.device());
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await refusal(page, codeOf('https://www.example.com/'));
  await road.scan(page, desk.stage.poster);
  await road.readConsent(page);
  assert.equal(await page.getByTestId('problem').count(), 0);
});

test('a poster can be dropped or pasted as well', async () => {
  for (const way of ['drop', 'paste']) {
    const page = await desk.page(await desk.device());
    await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
    const bytes = readFileSync(desk.stage.poster, 'base64');
    await page.evaluate(
      async ([way, base64]) => {
        const raw = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([raw], 'poster.png', { type: 'image/png' }));
        const event =
          way === 'drop'
            ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
        document.querySelector('main').dispatchEvent(event);
      },
      [way, bytes],
    );
    await road.readConsent(page);
  }
});
