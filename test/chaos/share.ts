/** `npm run test:chaos` does all of it; `npm test` a share that a change can wait for. */
export const isFull = process.env.WAYBILL_CHAOS === 'full';

/** Printed with what is drawn by it; WAYBILL_CHAOS_SEED gives it again. */
export const seed = Number(process.env.WAYBILL_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers in [0, 1) that are the same for the same seed: mulberry32. */
export function makeRandom(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs the tasks, so many at once, and resolves with what they threw: one failure must not hide the others. */
export async function runMany(tasks: readonly (() => Promise<void>)[], atOnce: number): Promise<string[]> {
  const problems: string[] = [];
  const queue = tasks.values();
  const work = async (): Promise<void> => {
    for (const task of queue) await task().catch((error: unknown) => void problems.push(describe(error)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return problems;
}

function describe(error: unknown): string {
  return error instanceof Lost
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
}

/** A promise that did not hold; says where. */
export class Lost extends Error {
  constructor(note: string, problems: readonly string[]) {
    super(`${note}: ${problems.join('; ')}`);
  }
}

/** Throws with the note when there are problems. */
export function insist(note: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Lost(note, problems);
}
