import { lstatSync } from 'node:fs';
import type { Stamp } from './hash-cache-rows.ts';

/**
 * Two writes within one tick of a file system's clock leave the same times: so what was written that shortly before a run proves
 * nothing to the next one. FAT has the coarsest clock, of two seconds: https://learn.microsoft.com/en-us/windows/win32/sysinfo/file-times
 */
const settledNs = 2_000_000_000n;

/** What the file system says of a run's files. Each is looked at once, before it is read, so that a later write shows next time. */
export class Stamps {
  readonly #settledBeforeNs: bigint;
  readonly #byFile = new Map<string, Stamp | undefined>();

  constructor(now: Date) {
    this.#settledBeforeNs = BigInt(now.getTime()) * 1_000_000n - settledNs;
  }

  /** Undefined for what is no file. Links are not followed. */
  of(file: string): Stamp | undefined {
    const known = this.#byFile.get(file);
    if (known !== undefined || this.#byFile.has(file)) return known;
    const stamp = stampOf(file);
    this.#byFile.set(file, stamp);
    return stamp;
  }

  isSettled({ mtimeNs, ctimeNs }: Stamp): boolean {
    return mtimeNs < this.#settledBeforeNs && ctimeNs < this.#settledBeforeNs;
  }
}

function stampOf(file: string): Stamp | undefined {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stats?.isFile() !== true) return undefined;
    // Not the whole of it, which is twenty numbers and dates.
    const { size, mtimeNs, ctimeNs, ino, dev } = stats;
    return { size, mtimeNs, ctimeNs, ino, dev };
  } catch {
    // Reading the file will say why.
    return undefined;
  }
}
