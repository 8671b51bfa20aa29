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

export interface VerifyingFlags {
  readonly verify?: boolean;
  readonly rollbackOnFailure?: boolean;
}

/** What a run does once its version is live. */
export function toVerifying({ verify, rollbackOnFailure }: VerifyingFlags): Required<VerifyingFlags> {
  return { verify: verify ?? false, rollbackOnFailure: rollbackOnFailure ?? false };
}
