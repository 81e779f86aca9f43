// A WebDriver client (W3C), as far as the walk through the real window needs it.

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** Longest answer of the driver; a screenshot without a GPU takes under a second. */
const ANSWER_LIMIT_MS = 30_000;
/** Longest wait for something to appear in the page. */
const PATIENCE_MS = 20_000;
/** Pause between two looks at the page. */
const LOOK_MS = 5;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Runs in the page: one pixel, next to transparent, that changes all the time. Without a GPU WebKitGTK
 * draws no frame for a page at rest, and the driver waits for the next frame before it takes a picture.
 */
function keepDrawing() {
  const dot = document.createElement('div');
  dot.id = 'keep-drawing';
  dot.style.cssText = 'position:fixed;left:0;top:0;width:1px;height:1px;pointer-events:none';
  document.documentElement.append(dot);
  const [from, to] = ['rgba(0,0,0,0.004)', 'rgba(0,0,0,0.008)'].map((backgroundColor) => ({ backgroundColor }));
  dot.animate([from, to], { duration: 200, iterations: Infinity, direction: 'alternate' });
}

/** Opens a session: the driver starts `binary` and connects to its web view. */
export async function openSession(address, binary, args) {
  async function ask(method, path, body) {
    const response = await fetch(address + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path.replace(/^\/session\/[^/]+/, '')}: ${value.error}: ${value.message}`);
    return value;
  }

  // No browserName: WebKitWebDriver would compare it with the app's and refuse.
  const alwaysMatch = { 'webkitgtk:browserOptions': { binary, args } };
  const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch } });
  const call = (method, path, body) => ask(method, `/session/${sessionId}${path}`, body);

  const session = {
    /** Runs a function in the page and returns what it returns. */
    run: (script, ...args) => call('POST', '/execute/sync', { script: `return (${script})(...arguments)`, args }),
    /** Runs the text of a script in the page. */
    inject: (text) => call('POST', '/execute/sync', { script: text, args: [] }),
    /** Waits until a function in the page returns something true, and returns that. */
    async until(what, script, ...args) {
      const started = performance.now();
      for (;;) {
        const value = await session.run(script, ...args);
        if (value) return value;
        if (performance.now() - started > PATIENCE_MS) throw new Error(`waited in vain for ${what}`);
        await pause(LOOK_MS);
      }
    },
    async element(testid) {
      const found = await call('POST', '/element', { using: 'css selector', value: `[data-testid="${testid}"]` });
      return `/element/${found[ELEMENT]}`;
    },
    async click(testid) {
      await call('POST', `${await session.element(testid)}/click`, {});
    },
    /** Types into a field, or names the file that a file field takes. */
    async type(testid, text) {
      await call('POST', `${await session.element(testid)}/value`, { text });
    },
    size: () => call('GET', '/window/rect'),
    /** The window's content as PNG bytes, with the mouse in a corner, so that nothing is lit up by it. */
    async picture() {
      const away = { type: 'pointerMove', duration: 0, x: 1, y: 1 };
      await call('POST', '/actions', { actions: [{ type: 'pointer', id: 'mouse', actions: [away] }] });
      await session.run(keepDrawing);
      const picture = await call('GET', '/screenshot');
      await session.run(() => document.getElementById('keep-drawing').remove());
      return Buffer.from(picture, 'base64');
    },
    close: () => call('DELETE', ''),
  };
  return session;
}
