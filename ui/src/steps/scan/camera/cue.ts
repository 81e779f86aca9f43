const BUZZ_MS = 30;
const TONE = { hertz: 880, volume: 0.08, seconds: 0.08 };

/** Lets the hand feel that the code was taken, else the ear hear it. */
export function cue(): void {
  if ('vibrate' in navigator) navigator.vibrate(BUZZ_MS);
  else if ('AudioContext' in window) tone(new AudioContext());
}

function tone(context: AudioContext): void {
  const source = context.createOscillator();
  const volume = context.createGain();
  source.frequency.value = TONE.hertz;
  volume.gain.setValueAtTime(TONE.volume, context.currentTime);
  volume.gain.linearRampToValueAtTime(0, context.currentTime + TONE.seconds);
  source.connect(volume).connect(context.destination);
  source.onended = () => void context.close();
  source.start();
  source.stop(context.currentTime + TONE.seconds);
}
