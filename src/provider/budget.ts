import type { Call } from './contract.ts';

/** Shares out a number of bytes, first come first served, so that many bodies at once stay within it. */
export interface ByteBudget {
  /** Waits until `bytes` are free; more than there are count as all there are. Call the result once to give them back. */
  take(bytes: number): Promise<() => void>;
  /** The same where they are free at once. */
  tryTake(bytes: number): (() => void) | undefined;
}

export function createByteBudget(total: number): ByteBudget {
  const waiting: { bytes: number; go: () => void }[] = [];
  let free = total;

  function serve(): void {
    for (let first = waiting[0]; first && first.bytes <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.bytes;
      first.go();
    }
  }

  function giveBack(bytes: number): void {
    free += bytes;
    serve();
  }

  return {
    async take(wanted) {
      const bytes = Math.min(wanted, total);
      await new Promise<void>((resolve) => {
        waiting.push({ bytes, go: resolve });
        serve();
      });
      return () => giveBack(bytes);
    },
    tryTake(wanted) {
      const bytes = Math.min(wanted, total);
      if (waiting.length > 0 || bytes > free) return undefined;
      free -= bytes;
      return () => giveBack(bytes);
    },
  };
}

const sayEveryMs = 5_000;

/** Room for so many bytes of a body. Waiting for others to be sent is no stall, however slow they are. */
export async function takeRoom(budget: ByteBudget, bytes: number, call: Call): Promise<() => void> {
  const room = budget.tryTake(bytes);
  if (room) return room;
  const timer = setInterval(() => call.onProgress?.(), sayEveryMs);
  try {
    return await budget.take(bytes);
  } finally {
    clearInterval(timer);
  }
}
