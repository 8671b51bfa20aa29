import type { ManifestFile } from '../model.ts';

/** One part of a version that several machines stage together: `index` of `count`, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** More than any CI system runs side by side in one matrix. */
export const mostShards = 256;

/** What a request costs beside its body, as bytes: so that many small files are spread, too. */
export const requestBytes = 16 * 1024;

export function nameShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/** `1, 2, 5 to 9`: ascending numbers for people. */
export function renderNumbers(numbers: readonly number[]): string {
  const runs: number[][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last.at(-1) === number - 1) last.push(number);
    else runs.push([number]);
  }
  const texts = runs.flatMap((run) => (run.length > 2 ? [`${run[0]} to ${run.at(-1)}`] : run.map(String)));
  return texts.join(', ');
}

/** How far a version is that was split into `count` parts. */
export interface Progress {
  readonly count: number;
  /** Parts that are in place, ascending, from 1. */
  readonly recorded: readonly number[];
  readonly missing: readonly number[];
}

/** One for each way in which the version was split, that with the fewest missing parts first: a run may have split it otherwise. */
export function measureProgress(parts: readonly Shard[]): Progress[] {
  const counts = [...new Set(parts.map(({ count }) => count))].sort((a, b) => a - b);
  const all = counts.map((count): Progress => {
    const there = new Set(parts.filter((part) => part.count === count).map(({ index }) => index));
    const numbers = Array.from({ length: count }, (_, place) => place + 1);
    return {
      count,
      recorded: numbers.filter((index) => there.has(index)),
      missing: numbers.filter((index) => !there.has(index)),
    };
  });
  return all.sort((a, b) => a.missing.length - b.missing.length);
}

/**
 * Which shard sends which bodies: by sha256, an index from 1. Files with equal bytes go together, since one is a copy of the other or both are one
 * kept body. Deterministic, whatever the order of `files`; the heaviest first, each to the shard that has least, so that no two shards differ
 * by more than the heaviest body.
 */
export function splitBodies(files: readonly ManifestFile[], count: number): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { sha256, size } of files) {
    weights.set(sha256, (weights.get(sha256) ?? size) + requestBytes);
  }
  const bodies = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const loads = new Loads(count);
  return new Map(bodies.map(([sha256, weight]) => [sha256, loads.add(weight)]));
}

/** A heap of shards, the one with the least on top; of equal ones that with the lower index. */
class Loads {
  readonly #heap: { index: number; load: number }[];

  constructor(count: number) {
    this.#heap = Array.from({ length: count }, (_, place) => ({ index: place + 1, load: 0 }));
  }

  /** Gives `weight` to the shard with the least, and says which one that is. */
  add(weight: number): number {
    const heap = this.#heap;
    const top = heap[0] as { index: number; load: number };
    top.load += weight;
    for (let place = 0; ; ) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      let least = place;
      if (left < heap.length && this.#isBefore(left, least)) least = left;
      if (right < heap.length && this.#isBefore(right, least)) least = right;
      if (least === place) return top.index;
      [heap[place], heap[least]] = [heap[least] as (typeof heap)[0], heap[place] as (typeof heap)[0]];
      place = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [
      this.#heap[a] as { index: number; load: number },
      this.#heap[b] as { index: number; load: number },
    ];
    return one.load < other.load || (one.load === other.load && one.index < other.index);
  }
}
