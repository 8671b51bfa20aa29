export interface WaitFlags {
  readonly wait?: 'submitted' | 'done';
  /** In milliseconds. */
  readonly waitTimeout?: number;
}

const defaultWaitTimeoutMs = 600_000;

/** How long a run waits for the edges. */
export function toWaitOptions({ wait, waitTimeout }: WaitFlags): { wait: 'submitted' | 'done'; waitTimeoutMs: number } {
  return { wait: wait ?? 'submitted', waitTimeoutMs: waitTimeout ?? defaultWaitTimeoutMs };
}

export interface EndFlags extends WaitFlags {
  readonly verify?: boolean;
  readonly rollbackOnFailure?: boolean;
}

/** What a run does once its version is live. */
export function toEndOptions({ verify, rollbackOnFailure, ...wait }: EndFlags) {
  return { ...toWaitOptions(wait), verify: verify ?? false, rollbackOnFailure: rollbackOnFailure ?? false };
}
