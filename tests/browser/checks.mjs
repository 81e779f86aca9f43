// What is asked of every page: axe finds nothing, and nothing sticks out.
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
