import { setTimeout as sleep } from 'node:timers/promises';
import { PlanError } from '../errors/errors.ts';
import type { Emit } from '../events.ts';
import { readWhole } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { encodeJson } from './documents.ts';
import { lockKey } from './keys.ts';
import { holdLease, type Lock, leaseMs, takeMoment } from './lease.ts';
import { type FoundLock, holderOf, type LockDocument, parseLock, readLock, tryWriteLock } from './lock-document.ts';
import { takeWeakly, type WeakTiming } from './weak-lock.ts';
import { writeState } from './write-state.ts';

export type { Lock } from './lease.ts';
export { type LockView, viewLock } from './lock-document.ts';

const pollEveryMs = 500;

export interface LockOwner {
  readonly run: string;
  readonly hostname: string;
  readonly pid: number;
  /** Names the boot and the process namespace of this host, where the system tells them. */
  readonly pidSpace?: string;
  readonly runUrl?: string;
  /** Whether a process of this host is still there. */
  readonly isAlive: (pid: number) => boolean;
}

export interface LockOptions {
  readonly timeoutMs: number;
  readonly emit: Emit;
  /** For a store that does not hold to conditions of writes. */
  readonly weak?: WeakTiming | undefined;
}

/** Takes the lock, waiting up to `timeoutMs` for its holder. Throws LOCK_HELD. */
export async function acquireLock(origin: Origin, owner: LockOwner, options: LockOptions, call: Call): Promise<Lock> {
  const started = performance.now();
  const mine: LockDocument = {
    format: 1,
    run: owner.run,
    host: owner.hostname,
    pid: owner.pid,
    ...(owner.pidSpace === undefined ? {} : { pidSpace: owner.pidSpace }),
    runUrl: owner.runUrl ?? null,
    leaseMs,
    released: false,
  };
  for (;;) {
    const since = takeMoment();
    const found = await readLock(origin, call);
    if (!found || isFree(found, owner)) {
      const taken = await take(origin, mine, found, { since, weak: options.weak }, call);
      if (taken) return holdLease(origin, mine, taken);
      continue;
    }
    const waitedMs = performance.now() - started;
    if (waitedMs >= options.timeoutMs) throw lockHeld(found, origin.name);
    options.emit({ kind: 'waiting-for-lock', holder: holderOf(found.document), waitedMs });
    await sleep(Math.min(pollEveryMs, options.timeoutMs - waitedMs), undefined, { signal: call.signal });
  }
}

async function take(
  origin: Origin,
  mine: LockDocument,
  found: FoundLock | undefined,
  { since, weak }: { since: ReturnType<typeof takeMoment>; weak: WeakTiming | undefined },
  call: Call,
): Promise<Parameters<typeof holdLease>[2] | undefined> {
  if (weak) return takeWeakly(origin, mine, found, { since, timing: weak }, call);
  const start = takeMoment();
  const etag = await tryWriteLock(origin, mine, found?.etag ?? null, call);
  return etag === undefined ? undefined : { etag, since: start };
}

function isFree(found: FoundLock, owner: LockOwner): boolean {
  const { document } = found;
  if (document.released || found.ageMs > document.leaseMs) return true;
  const isThisHost = document.host === owner.hostname && document.pidSpace === owner.pidSpace;
  return isThisHost && !owner.isAlive(document.pid);
}

function lockHeld(found: FoundLock, name: string): PlanError {
  const seconds = Math.round(found.ageMs / 1000);
  return new PlanError(
    'LOCK_HELD',
    `Another run holds the lock of ${name}: ${holderOf(found.document)}, renewed ${seconds} s ago. Nothing was changed.`,
    { hint: 'Wait for it, raise --lock-timeout, or run `waybill unlock` if you know that it is dead.' },
  );
}

/** Frees the lock whoever holds it, also one that nobody can read. `undefined` when it was free already. */
export async function breakLock(origin: Origin, call: Call): Promise<{ readonly holder: string } | undefined> {
  const found = await readWhole(origin, lockKey, call);
  if (!found) return undefined;
  const document = tryParse(found.bytes);
  if (document?.released) return undefined;
  const free = { ...(document ?? unknownHolder), released: true };
  await writeState(origin, lockKey, encodeJson(free), found.etag, call);
  return { holder: document ? holderOf(document) : 'an unreadable lock document' };
}

const unknownHolder: LockDocument = { format: 1, run: '', host: '', pid: 0, runUrl: null, leaseMs, released: true };

function tryParse(bytes: Uint8Array): LockDocument | undefined {
  try {
    return parseLock(bytes);
  } catch {
    return undefined;
  }
}
