import { type BigIntStats, lstatSync } from 'node:fs';

/**
 * Two writes within one tick of a file system's clock leave the same times: so what was written that shortly before a run proves
 * nothing to the next one. FAT has the coarsest clock, of two seconds: https://learn.microsoft.com/en-us/windows/win32/sysinfo/file-times
 */
const settledNs = 2_000_000_000n;

/** What the file system says of a run's files. Each is looked at once, before it is read, so that a later write shows next time. */
export class Stamps {
  readonly #settledBeforeNs: bigint;
  readonly #byFile = new Map<string, BigIntStats | undefined>();

  constructor(now: Date) {
    this.#settledBeforeNs = BigInt(now.getTime()) * 1_000_000n - settledNs;
  }

  /** Undefined for what is no file. Links are not followed. */
  of(file: string): BigIntStats | undefined {
    const known = this.#byFile.get(file);
    if (known !== undefined || this.#byFile.has(file)) return known;
    const stats = statOf(file);
    const found = stats?.isFile() === true ? stats : undefined;
    this.#byFile.set(file, found);
    return found;
  }

  isSettled({ mtimeNs, ctimeNs }: BigIntStats): boolean {
    return mtimeNs < this.#settledBeforeNs && ctimeNs < this.#settledBeforeNs;
  }
}

function statOf(file: string): BigIntStats | undefined {
  try {
    return lstatSync(file, { bigint: true, throwIfNoEntry: false });
  } catch {
    // Reading the file will say why.
    return undefined;
  }
}
