/** What Chromium's types leave out. */
type Lamp = MediaTrackCapabilities & {
  readonly torch?: boolean;
  readonly zoom?: { readonly min: number; readonly max: number; readonly step?: number };
};

/** The camera that was chosen last; another one is used when it is gone. */
const CHOICE = 'sanbu-camera-device';

const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** Asks for the chosen camera, else for one that looks away from the person. Throws what getUserMedia throws. */
export async function openCamera(): Promise<MediaStream> {
  const chosen = localStorage.getItem(CHOICE);
  if (chosen !== null) {
    try {
      return await ask({ deviceId: { exact: chosen } });
    } catch (error) {
      const gone = error instanceof DOMException && /^(Overconstrained|NotFound)Error$/.test(error.name);
      if (!gone) throw error;
      localStorage.removeItem(CHOICE);
    }
  }
  return ask({ facingMode: { ideal: 'environment' } });
}

function ask(which: MediaTrackConstraints): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { ...SIZE, ...which }, audio: false });
}

export function choose(deviceId: string): void {
  localStorage.setItem(CHOICE, deviceId);
}

export function close(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** All cameras; their names are known once one of them is open. */
export async function cameras(): Promise<readonly MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId !== '');
}

/** What can be set on a camera. */
export function lampOf(track: MediaStreamTrack): Lamp {
  // Firefox and old Safari have no such function.
  return 'getCapabilities' in track ? track.getCapabilities() : {};
}

export async function light(track: MediaStreamTrack, change: { torch: boolean } | { zoom: number }): Promise<void> {
  await track.applyConstraints({ advanced: [change as MediaTrackConstraintSet] });
}
