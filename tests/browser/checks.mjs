// What is asked of every page: axe finds nothing, nothing sticks out, and keys reach everything.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { settled } from './states.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds on the page as it stands, one line for each element. */
export async function findings(page, where) {
  await settled(page);
  await page.evaluate(AXE);
  const { violations, passes } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), RULES);
  assert.ok(passes.length > 10, `${where}: axe checked next to nothing`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${where}: ${id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\n', ' ')}`),
  );
}

/** What sticks out of the page to the side; nothing may, except what scrolls inside its own box. */
export async function sticksOut(page) {
  await settled(page);
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > width + 1);
    return wide.map((element) => `${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 30)}`);
  });
}

/** Goes with Tab until `testid` has the focus; each stop on the way must be seen and have a name. */
export async function tabTo(page, testid) {
  for (let stops = 0; stops < 60; stops += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const ring = element.closest('.box, .chip') ?? element.closest('label.button') ?? element;
      const style = [getComputedStyle(element), getComputedStyle(ring)];
      return {
        testid: element.dataset.testid,
        seen: style.some(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && outlineWidth !== '0px') || style[1].boxShadow !== 'none',
        what: element.outerHTML.slice(0, 120),
      };
    });
    if (!stop.what.startsWith('<body')) assert.ok(stop.seen, `the focus is not seen on ${stop.what}`);
    if (stop.testid === testid) return;
  }
  assert.fail(`${testid} cannot be reached by Tab`);
}
