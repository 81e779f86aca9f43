/** Most frames that are read in a second: more find no code sooner, but warm the hand. */
const MOST_PER_SECOND = 15;
/** Round trips over these, in milliseconds, make every second and every fourth frame enough; qr.md section 5. */
const SLOW_MS = 25;
const VERY_SLOW_MS = 60;
/** Share of the newest round trip in the mean. */
const NEWEST = 0.25;
/** A camera's frames come a little early or late. */
const SLACK_MS = 8;

/** How often frames are read: fewer where reading one takes long. */
export class Pace {
  #mean = 0;
  #last = -Infinity;

  /** Every how manieth of the frames that may be read is read. */
  get stride(): 1 | 2 | 4 {
    if (this.#mean > VERY_SLOW_MS) return 4;
    return this.#mean > SLOW_MS ? 2 : 1;
  }

  /** Whether a frame that is here at `now` (milliseconds) is read; if so, the time counts from it. */
  takes(now: number): boolean {
    if (now - this.#last < (1_000 / MOST_PER_SECOND) * this.stride - SLACK_MS) return false;
    this.#last = now;
    return true;
  }

  /** Learns how long a frame took on its way down and back. */
  took(ms: number): void {
    this.#mean = this.#mean === 0 ? ms : this.#mean * (1 - NEWEST) + ms * NEWEST;
  }
}
