/** That the camera was open the last time, so that it opens by itself the next. */
const WAS_OPEN = 'sanbu-camera-open';

export function remember(open: boolean): void {
  if (open) localStorage.setItem(WAS_OPEN, '');
  else localStorage.removeItem(WAS_OPEN);
}

/** Whether the camera was open the last time and would open now without asking for it. */
export async function opensAtOnce(): Promise<boolean> {
  if (localStorage.getItem(WAS_OPEN) === null) return false;
  try {
    return (await navigator.permissions.query({ name: 'camera' })).state === 'granted';
  } catch {
    // This web view keeps no such record; then what was remembered counts.
    return true;
  }
}
