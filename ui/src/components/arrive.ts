/**
 * On a new page its heading takes the focus and the page stands at its top. The title of the window
 * is the heading's text, also when it turns to another language or from "saved" to "received".
 */
export function arrive(heading: HTMLElement): { destroy(): void } {
  const name = (): void => {
    document.title = heading.textContent.trim();
  };
  const observer = new MutationObserver(name);
  observer.observe(heading, { characterData: true, childList: true, subtree: true });
  name();
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  return {
    destroy() {
      observer.disconnect();
    },
  };
}
