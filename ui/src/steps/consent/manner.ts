import type { Adapted } from '../../bindings/ipc';

/** How the page is adapted to the person, as the system and the app say it. */
export function adapted(largeType: boolean): Adapted[] {
  const told = (query: string): boolean => window.matchMedia(query).matches;
  const found: Adapted[] = [];
  if (largeType) found.push('large_type');
  if (told('(forced-colors: active)') || told('(prefers-contrast: more)')) found.push('contrast');
  if (told('(prefers-reduced-motion: reduce)')) found.push('less_motion');
  if (told('(prefers-color-scheme: dark)')) found.push('dark');
  return found;
}

/** Notes whether the end of the page has been on the screen. */
export class Reach {
  /** Whether it has. */
  end = false;

  /** Looks now and with each scroll; returns what stops it. */
  watch(): () => void {
    this.end = false;
    const look = (): void => {
      const page = document.documentElement;
      // Browsers round; a pixel short of the end is the end.
      this.end ||= window.scrollY + window.innerHeight >= page.scrollHeight - 1;
    };
    look();
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look, { passive: true });
    return () => {
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }
}
