/** Bytes hashed between two pauses: a few milliseconds of work. */
const pauseBytes = 4 * 1024 * 1024;
/** Files read or names looked at between two pauses; opening them takes the time, however small they are. */
const pauseItems = 64;

/**
 * Lets timers and signals run between pieces of synchronous work, since a lock is renewed beside the collection. It counts work
 * instead of asking a clock, so runs are alike.
 */
export class Pacer {
  readonly #signal: AbortSignal;
  #bytes = 0;
  #items = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Notes work done and says whether `pause` is due. */
  isDue(sizeBytes: number, items = 1): boolean {
    this.#bytes += sizeBytes;
    this.#items += items;
    return this.#bytes >= pauseBytes || this.#items >= pauseItems;
  }

  /** Rejects with the signal's reason once it is aborted. */
  async pause(): Promise<void> {
    this.#bytes = 0;
    this.#items = 0;
    await new Promise<void>((resume) => setImmediate(resume));
    this.#signal.throwIfAborted();
  }
}
