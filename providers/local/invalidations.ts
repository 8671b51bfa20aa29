import type { Forgotten } from '../../src/provider/serving.ts';
import type { Layout } from './layout.ts';
import { LineLog, parseLine } from './line-log.ts';

/** Beyond this the file is written anew; a running `serve` then forgets everything. */
const maxLogBytes = 1024 * 1024;

export interface Invalidation {
  readonly id: string;
  readonly items: readonly string[];
  /** ISO 8601. */
  readonly at: string;
}

/** Writes what the edge shall forget, so that a `serve` in another process reads it before its next answer. */
export class InvalidationLog {
  readonly #log: LineLog;
  readonly #ids = new Set<string>();

  constructor(layout: Layout) {
    this.#log = new LineLog(layout.invalidations);
  }

  /** Under the mutex. Once for each id. */
  append(invalidation: Invalidation): void {
    const { reset, lines } = this.#log.readNew();
    if (reset) this.#ids.clear();
    for (const line of lines) {
      const id = parseLine(line)?.id;
      if (typeof id === 'string') this.#ids.add(id);
    }
    if (this.#ids.has(invalidation.id)) return;
    const line = JSON.stringify(invalidation);
    if (this.#log.size > maxLogBytes) {
      this.#log.replace([line]);
      this.#ids.clear();
    } else this.#log.append([line]);
    this.#ids.add(invalidation.id);
  }
}

/** Gives a function that tells what was added since its last call, or since now. */
export function followInvalidations(layout: Layout): () => Forgotten {
  const log = new LineLog(layout.invalidations);
  let hasFile = false;
  const look = (): Forgotten => {
    const { reset, lines } = log.readNew();
    // Another file than before; the first one there ever was is told line by line.
    const everything = reset && hasFile;
    hasFile = log.size > 0;
    return { everything, items: lines.flatMap(itemsOf) };
  };
  look();
  return look;
}

function itemsOf(line: string): string[] {
  const items = parseLine(line)?.items;
  return Array.isArray(items) ? items.filter((item) => typeof item === 'string') : [];
}
