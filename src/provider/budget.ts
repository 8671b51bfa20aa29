/** Shares out a number of bytes, first come first served, so that many bodies at once stay within it. */
export interface ByteBudget {
  /** Waits until `bytes` are free; more than there are count as all there are. Call the result once to give them back. */
  take(bytes: number): Promise<() => void>;
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

  return {
    async take(wanted) {
      const bytes = Math.min(wanted, total);
      await new Promise<void>((resolve) => {
        waiting.push({ bytes, go: resolve });
        serve();
      });
      return () => {
        free += bytes;
        serve();
      };
    },
  };
}
