/** Keeps the screen on, where the web view can, until the returned function is called. */
export function awake(): () => void {
  let lock: Promise<WakeLockSentinel | undefined> | undefined;

  // The system lets go of it whenever the page is hidden.
  function hold(): void {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    // It refuses when the battery is low; the code can be scanned all the same.
    lock = navigator.wakeLock.request('screen').catch(() => undefined);
  }

  hold();
  document.addEventListener('visibilitychange', hold);
  return () => {
    document.removeEventListener('visibilitychange', hold);
    void lock?.then((held) => held?.release());
  };
}
