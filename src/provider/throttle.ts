import { setMaxListeners } from 'node:events';

/** What one more operation at once has to earn: so long without being asked to slow down. */
const growEveryMs = 1_000;
/** A store that asks for more than this gets its pause from the operation that it told, not from all of them. */
const longestPauseMs = 30_000;

/** When an operation, or a request of it, began. */
export interface Place {
  readonly since: number;
}

/**
 * How many operations an origin may have under way: all that its traits say until it asks to slow down; then half as many, and one more for
 * each second that it takes them, as TCP does. Never fewer than one.
 */
export class Throttle {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #limit: number;
  #running = 0;
  /** Of the limit, up or down. */
  #changedAt = Number.NEGATIVE_INFINITY;
  /** Successes since then; a limit that is not used earns nothing. */
  #earned = 0;
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(most: number) {
    this.#most = Math.max(1, most);
    this.#limit = this.#most;
  }

  get limit(): number {
    return this.#limit;
  }

  /** A place, if one is free at once: what passes many small steps should not wait for a promise at each. */
  tryEnter(): Place | undefined {
    if (this.#waiting.length > 0 || !this.#isOpen()) return undefined;
    this.#running++;
    return this.now();
  }

  now(): Place {
    return { since: performance.now() };
  }

  /** Waits for a place, first come first served. Rejects with the signal's reason. */
  async enter(signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    // All that wait listen to the one signal of the run; Node takes more than ten for a leak.
    setMaxListeners(0, signal);
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', give);
        resolve();
      };
      const give = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', give, { once: true });
      this.#waiting.push(go);
      this.#serve();
    });
    return this.now();
  }

  leave(): void {
    this.#running--;
    this.#serve();
  }

  succeeded(): void {
    if (this.#limit >= this.#most) return;
    this.#earned++;
    if (this.#earned < this.#limit || performance.now() - this.#changedAt < growEveryMs) return;
    this.#set(this.#limit + 1);
  }

  /** The store asked to slow down; all that were under way then are told so, and count as one. */
  refused(place: Place, retryAfterMs = 0): void {
    const now = performance.now();
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(retryAfterMs, longestPauseMs));
    if (place.since < this.#changedAt) return;
    this.#set(Math.max(1, Math.floor(this.#limit / 2)));
  }

  #set(limit: number): void {
    this.#limit = limit;
    this.#changedAt = performance.now();
    this.#earned = 0;
  }

  #isOpen(): boolean {
    return this.#running < this.#limit && performance.now() >= this.#pausedUntil;
  }

  #serve(): void {
    while (this.#isOpen()) {
      const go = this.#waiting.shift();
      if (!go) return;
      this.#running++;
      go();
    }
    const pauseMs = this.#pausedUntil - performance.now();
    if (this.#waiting.length === 0 || pauseMs <= 0 || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#serve();
    }, Math.ceil(pauseMs));
  }
}
