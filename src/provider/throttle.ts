import { setMaxListeners } from 'node:events';
import { Growth } from './growth.ts';

/** What one more operation at once has to earn: so long without being asked to slow down. */
const growEveryMs = 1_000;
/** A store that asks for more than this gets its pause from the operation that it told, not from all of them. */
const longestPauseMs = 30_000;

/** When an operation, or a request of it, began. */
export interface Place {
  readonly since: number;
}

interface Waiting {
  readonly signal: AbortSignal;
  go(): void;
  give(): void;
}

/**
 * How many operations an origin may have under way: at first `start`, and more as long as that pays (src/provider/growth.ts), up to `most`. Once the store
 * asks to slow down, half as many, and one more for each second that it takes them, as TCP does. Never fewer than one.
 */
export class Throttle {
  readonly #most: number;
  readonly #waiting: Waiting[] = [];
  /** Signals that are listened to, each once however many wait under it. */
  readonly #heard = new WeakSet<AbortSignal>();
  /** Until the store has said itself where it ends. */
  #growth: Growth | undefined;
  #limit: number;
  #running = 0;
  /** Of the limit, up or down. */
  #changedAt = Number.NEGATIVE_INFINITY;
  /** Successes since then; a limit that is not used earns nothing. */
  #earned = 0;
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(most: number, start = most) {
    this.#most = Math.max(1, most);
    this.#limit = Math.max(1, Math.min(start, this.#most));
    this.#growth = this.#limit < this.#most ? new Growth(this.#limit, this.#most) : undefined;
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
    this.#hear(signal);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ signal, go: resolve, give: () => reject(signal.reason) });
      this.#serve();
    });
    return this.now();
  }

  leave(): void {
    this.#running--;
    this.#serve();
  }

  succeeded(bytes = 0): void {
    if (this.#growth) {
      this.#grow(this.#growth, bytes);
      return;
    }
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
    this.#growth = undefined;
    this.#set(Math.max(1, Math.floor(this.#limit / 2)));
  }

  #grow(growth: Growth, bytes: number): void {
    if (this.#waiting.length === 0) growth.rest(this.#limit);
    else this.#limit = growth.next(this.#limit, bytes, performance.now());
  }

  #hear(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    setMaxListeners(0, signal);
    const giveUp = (): void => {
      const stay = this.#waiting.filter((one) => one.signal !== signal);
      const gone = this.#waiting.filter((one) => one.signal === signal);
      this.#waiting.splice(0, this.#waiting.length, ...stay);
      for (const one of gone) one.give();
    };
    signal.addEventListener('abort', giveUp, { once: true });
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
      const first = this.#waiting.shift();
      if (!first) return;
      this.#running++;
      first.go();
    }
    const pauseMs = this.#pausedUntil - performance.now();
    if (this.#waiting.length === 0 || pauseMs <= 0 || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#serve();
    }, Math.ceil(pauseMs));
  }
}
