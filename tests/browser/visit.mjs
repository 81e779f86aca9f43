// An officer's tablet beside an owner's own phone: codes go from one screen to the other as pictures.
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { readGrey } from './png.mjs';
import * as road from './road.mjs';
import { film, HD, sheet } from './video.mjs';

/** An officer of the sandbox bank. */
const STAFF_NUMBER = '0742';

/** Codes that a screen shows in a second. */
const CODES_PER_SECOND = 4;

/** Makes the device an officer's, who then scans the branch's code in a shop. */
export async function arrive(page, poster) {
  await page.getByTestId('catalogue-missing').waitFor({ state: 'detached' });
  await page.getByTestId('go-settings').click();
  await page.locator('#whose-device input[value=officer]').check();
  await page.getByTestId('staff-number').fill(STAFF_NUMBER);
  await page.getByTestId('officer-save').click();
  await page.getByTestId('officer').waitFor();
  await road.home(page);
  await road.scan(page, poster);
  await page.getByTestId('hand-over-phone').waitFor();
}

/** The same, and the tablet shows its request code. */
export async function ask(page, poster) {
  await arrive(page, poster);
  await road.type(page, 'field-enterprise-code', road.SHOP.code);
  await page.getByTestId('hand-over-phone').click();
  await page.getByTestId('request').waitFor();
}

/** Pictures of all codes that a screen shows, turned by hand. */
export async function photographs(page) {
  const shown = page.getByTestId('pieces');
  await shown.waitFor();
  const all = Number(await shown.getAttribute('data-all'));
  const pictures = [];
  for (let at = 0; at < all; at += 1) {
    pictures.push(await shown.screenshot());
    if (all > 1) await page.getByTestId('pieces-next').click();
  }
  return pictures;
}

/** Gives a screen as many pictures as it takes to read the whole message: half of them are spare. */
export async function hand(page, testid, pictures) {
  const needed = Math.ceil(pictures.length / 2);
  for (let at = 0; at < needed; at += 1) {
    await page.getByTestId(testid).setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: pictures[at] });
    if (at + 1 < needed) {
      await page.getByTestId('problem').filter({ hasText: new RegExp(`${String(at + 1)}.+${String(needed)}`) }).waitFor();
    }
  }
}

/** The owner decides on each notice, up to the answer code. */
export async function decide(page, answers) {
  let question = '';
  for (const answer of answers) {
    question = await road.readConsent(page, question);
    await page.getByTestId(`consent-${answer}`).click();
  }
  await page.getByTestId('answer-done').waitFor();
}

/** Notes what the camera says, what it calls a fault, and how often the phone buzzes; returns what was noted. */
export async function listen(page) {
  await page.evaluate(() => {
    const heard = (window.heard = { lines: [], faults: 0, buzzes: 0 });
    navigator.vibrate = () => (heard.buzzes += 1) > 0;
    new MutationObserver(() => {
      const line = document.querySelector('[data-testid=camera-says]')?.textContent.trim();
      if (line && line !== heard.lines.at(-1)) heard.lines.push(line);
      if (document.querySelector('[data-testid=outline][data-is=foreign]')) heard.faults += 1;
    }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  });
  return () => page.evaluate(() => window.heard);
}

/** A film of a screen that turns its codes by itself, held before a camera. */
export function filmOf(folder, name, pictures) {
  const sheets = pictures.map((picture, at) => {
    const file = join(folder, `${name}-${String(at)}.png`);
    writeFileSync(file, picture);
    const grey = readGrey(file);
    const side = Math.min(grey.width, grey.height);
    return { picture: sheet(grey), focus: { left: (grey.width - side) / 2, top: (grey.height - side) / 2, side }, at: [0, 0], side: 640 };
  });
  const scene = (t) => ({ sheets: [sheets[Math.floor(t * CODES_PER_SECOND) % sheets.length]] });
  return film(join(folder, `${name}.y4m`), HD, pictures.length / CODES_PER_SECOND, scene);
}
