// Runs in the page, before or after it is loaded, and writes down what really happened there: trusted
// events only, so nothing that a test says about itself. Kept as plain script for two kinds of driver.
(() => {
  if (window.walk) return;
  const PRESSABLE = 'button, a[href], summary, input[type=radio], input[type=checkbox]';
  const NOT_TYPED = ['file', 'radio', 'checkbox', 'button', 'submit'];
  const walk = { events: [], typed: [] };
  window.walk = walk;

  const nameOf = (element) => element.dataset.testid ?? element.id ?? element.textContent.trim();
  const note = (kind, name) => walk.events.push({ kind, name, at: performance.now() });

  addEventListener(
    'click',
    (event) => {
      const pressed = event.isTrusted && event.target instanceof Element && event.target.closest(PRESSABLE);
      if (pressed) note('tap', nameOf(pressed));
    },
    true,
  );
  addEventListener(
    'input',
    (event) => {
      if (!event.isTrusted || NOT_TYPED.includes(event.target.type)) return;
      const name = nameOf(event.target);
      if (!walk.typed.includes(name)) walk.typed.push(name);
    },
    true,
  );
  addEventListener(
    'change',
    (event) => {
      if (event.target.type === 'file' && event.target.files.length > 0) note('scan', nameOf(event.target));
    },
    true,
  );

  // The camera runs: the scan begins. Media events do not bubble, but they are captured.
  addEventListener('playing', () => note('scan', 'camera'), true);

  // A page is known by its name, its heading and, for a case, its state.
  let shown = '';
  function look() {
    const page = document.querySelector('main[data-page]');
    const heading = page?.querySelector('h1');
    if (!heading) return;
    const state = page.querySelector('[data-testid=receipt-state]')?.dataset.state ?? '';
    const now = [page.dataset.page, state, heading.textContent.trim()].join(' ');
    if (now === shown) return;
    shown = now;
    const drawn = { kind: 'page', name: page.dataset.page, state, at: performance.now() };
    walk.events.push(drawn);
    // The next frame shows it; a hidden page has no frames and keeps the first time.
    requestAnimationFrame(() => {
      drawn.at = performance.now();
    });
  }
  const watch = () => {
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
    look();
  };
  if (document.body) watch();
  else addEventListener('DOMContentLoaded', watch);
})();
