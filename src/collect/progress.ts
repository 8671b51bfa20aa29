/** What has been read so far. */
export interface Done {
  readonly files: number;
  readonly bytes: number;
}

/** Adds up what the parts of a collection have read. */
export class Progress {
  readonly #tell: ((done: Done) => void) | undefined;
  #before: Done = { files: 0, bytes: 0 };
  #part: Done = { files: 0, bytes: 0 };

  constructor(tell: ((done: Done) => void) | undefined) {
    this.#tell = tell;
  }

  /** Returns what the next part tells its own progress to. */
  startPart(): (done: Done) => void {
    this.#before = this.#sum();
    this.#part = { files: 0, bytes: 0 };
    return (done) => {
      this.#part = done;
      this.report();
    };
  }

  report(): void {
    this.#tell?.(this.#sum());
  }

  #sum(): Done {
    return { files: this.#before.files + this.#part.files, bytes: this.#before.bytes + this.#part.bytes };
  }
}
