/** Lets work begin while the bytes in hand stay within a limit; what alone is larger passes by itself. First come, first served. */
export class ByteBudget {
  readonly #limit: number;
  #inHand = 0;
  readonly #waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  async hold<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#limit);
    await this.#take(share);
    try {
      return await work();
    } finally {
      this.#inHand -= share;
      this.#startWaiting();
    }
  }

  async #take(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#inHand + bytes <= this.#limit) {
      this.#inHand += bytes;
      return;
    }
    await new Promise<void>((start) => {
      this.#waiting.push({ bytes, start });
    });
  }

  #startWaiting(): void {
    for (let next = this.#waiting[0]; next && this.#inHand + next.bytes <= this.#limit; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#inHand += next.bytes;
      next.start();
    }
  }
}
