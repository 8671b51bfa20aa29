/** A window shorter than this says more about chance than about the store. */
const windowMs = 100;
/** What twice as many at once have to bring, in operations or in bytes a second; a store that only waits brings nearly twice as much. */
const worthwhile = 1.15;
/** After a step that did not pay, and twice as long after the next one: what was short may not be any more, or it was chance. */
const firstHoldMs = 1_000;
const longestHoldMs = 30_000;

interface Rate {
  readonly limit: number;
  readonly operations: number;
  readonly bytes: number;
}

/**
 * Finds how many operations at once pay: doubles the limit as long as that brings more operations or more bytes a second, and takes the last step
 * back when it did not. Where the line or a processor is what is short, more at once bring nothing but memory. Pure: times come from the caller.
 */
export class Growth {
  readonly #most: number;
  #before: Rate | undefined;
  #heldUntil = Number.NEGATIVE_INFINITY;
  #holdMs = firstHoldMs;
  /** Operations from before the last step are still among these, and so are connections that had to be opened. */
  #unsettled: number;
  #since = 0;
  #operations = 0;
  #bytes = 0;

  constructor(start: number, most: number) {
    this.#most = most;
    this.#unsettled = start;
  }

  /** Told of each operation that is done while another one waits for its place, with its bytes; gives the limit from now on. */
  next(limit: number, bytes: number, nowMs: number): number {
    if (nowMs < this.#heldUntil) return limit;
    if (this.#unsettled > 0) {
      if (--this.#unsettled === 0) this.#measure(nowMs);
      return limit;
    }
    this.#operations++;
    this.#bytes += bytes;
    const passedMs = nowMs - this.#since;
    if (passedMs < windowMs || this.#operations < limit) return limit;
    return this.#step({ limit, operations: this.#operations / passedMs, bytes: this.#bytes / passedMs }, nowMs);
  }

  /** Nobody waits for a place: what is measured now is not the limit's doing. */
  rest(limit: number): void {
    this.#unsettled = limit;
  }

  #measure(nowMs: number): void {
    this.#since = nowMs;
    this.#operations = 0;
    this.#bytes = 0;
  }

  #step(rate: Rate, nowMs: number): number {
    const before = this.#before;
    const pays = !before || rate.operations > before.operations * worthwhile || rate.bytes > before.bytes * worthwhile;
    if (before && !pays) {
      this.#heldUntil = nowMs + this.#holdMs;
      this.#holdMs = Math.min(longestHoldMs, this.#holdMs * 2);
    }
    this.#before = pays ? rate : undefined;
    const limit = before && !pays ? before.limit : Math.min(this.#most, rate.limit * 2);
    this.#unsettled = limit;
    return limit;
  }
}
