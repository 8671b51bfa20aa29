import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { PlanError, ProviderError } from '../errors/errors.ts';
import type { Emit } from '../events.ts';
import { readWhole } from '../provider/bytes.ts';
import type { Call, Origin } from '../provider/contract.ts';
import { encodeJson, parseDocument } from './documents.ts';
import { lockKey } from './keys.ts';
import { writeState } from './store.ts';

const lockSchema = z.object({
  format: z.literal(1),
  run: z.string(),
  host: z.string(),
  pid: z.number().int(),
  /** Where the pid means something: containers may share a host name and not their processes. */
  pidSpace: z.string().optional(),
  runUrl: z.string().nullable(),
  leaseMs: z.number().positive(),
  released: z.boolean(),
});
type LockDocument = z.infer<typeof lockSchema>;

const leaseMs = 30_000;
const renewEveryMs = 10_000;
const pollEveryMs = 500;
const releaseTimeoutMs = 5_000;
/** A holder stops before others may take over, with this much room for a slow request. */
const safetyMs = 5_000;

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

export interface LockView {
  readonly holder: string;
  readonly host: string;
  readonly runUrl: string | null;
  readonly ageMs: number;
  readonly expired: boolean;
}

/** A lease on an environment. */
export interface Lock {
  /** Throws LOCK_LOST once the lease may have passed to somebody else. */
  check(): void;
  release(): Promise<void>;
}

interface Found {
  readonly document: LockDocument;
  readonly etag: string;
  readonly ageMs: number;
}

async function readLock(origin: Origin, call: Call): Promise<Found | undefined> {
  const found = await readWhole(origin, lockKey, call);
  return found && { document: parseDocument(lockSchema, found.bytes, lockKey), etag: found.etag, ageMs: found.ageMs };
}

function holderOf(document: LockDocument): string {
  return document.runUrl ?? `process ${document.pid} on ${document.host}`;
}

/** The lease as others see it; `undefined` when nobody holds it. Its age goes by the origin's clock. */
export async function viewLock(origin: Origin, call: Call): Promise<LockView | undefined> {
  const found = await readLock(origin, call);
  if (!found || found.document.released) return undefined;
  const { document, ageMs } = found;
  return {
    holder: holderOf(document),
    host: document.host,
    runUrl: document.runUrl,
    ageMs: Math.round(ageMs),
    expired: ageMs > document.leaseMs,
  };
}

/** Takes the lock, waiting up to `timeoutMs` for its holder. Throws LOCK_HELD. */
export async function acquireLock(
  origin: Origin,
  owner: LockOwner,
  options: { timeoutMs: number; emit: Emit },
  call: Call,
): Promise<Lock> {
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
    const found = await readLock(origin, call);
    if (!found || isFree(found, owner)) {
      const since = performance.now();
      const etag = await tryWrite(origin, mine, found?.etag ?? null, call);
      if (etag !== undefined) return holdLock(origin, mine, { etag, since }, call);
      continue;
    }
    const waitedMs = performance.now() - started;
    if (waitedMs >= options.timeoutMs) throw lockHeld(found, origin.name);
    options.emit({ kind: 'waiting-for-lock', holder: holderOf(found.document), waitedMs });
    await sleep(Math.min(pollEveryMs, options.timeoutMs - waitedMs), undefined, { signal: call.signal });
  }
}

function isFree(found: Found, owner: LockOwner): boolean {
  const { document } = found;
  if (document.released || found.ageMs > document.leaseMs) return true;
  const isThisHost = document.host === owner.hostname && document.pidSpace === owner.pidSpace;
  return isThisHost && !owner.isAlive(document.pid);
}

function lockHeld(found: Found, name: string): PlanError {
  const seconds = Math.round(found.ageMs / 1000);
  return new PlanError(
    'LOCK_HELD',
    `Another run holds the lock of ${name}: ${holderOf(found.document)}, renewed ${seconds} s ago. Nothing was changed.`,
    { hint: 'Wait for it, raise --lock-timeout, or run `waybill unlock` if you know that it is dead.' },
  );
}

async function tryWrite(
  origin: Origin,
  document: LockDocument,
  ifMatch: string | null,
  call: Call,
): Promise<string | undefined> {
  try {
    return (await writeState(origin, lockKey, encodeJson(document), ifMatch, call)).etag;
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'conflict') return undefined;
    throw error;
  }
}

/** Renews from a timer until released. A renewal that loses the race marks the lock as lost at once. */
function holdLock(origin: Origin, mine: LockDocument, held: { etag: string; since: number }, call: Call): Lock {
  let { etag, since } = held;
  let lost = false;
  let serial = 0;
  let renewing: Promise<void> = Promise.resolve();
  // The run's own signal must not stop renewals or the release: the lock is wanted until the end.
  const quiet: Call = { ...call, signal: new AbortController().signal };

  const renew = async (): Promise<void> => {
    const start = performance.now();
    // The serial makes each renewal's bytes its own, so that its etag is new even where etags are content hashes.
    const next = await tryWrite(origin, { ...mine, run: `${mine.run}#${++serial}` }, etag, quiet);
    if (next === undefined) lost = true;
    else [etag, since] = [next, start];
  };
  const timer = setInterval(() => {
    renewing = renewing.then(renew).catch(() => undefined);
  }, renewEveryMs);
  timer.unref();

  return {
    check() {
      if (!lost && performance.now() - since < leaseMs - safetyMs) return;
      throw new PlanError('LOCK_LOST', `The lock of ${origin.name} was lost while the run went on`, {
        hint: 'Another run may have taken over: look at `waybill status`, then run again.',
      });
    },
    async release() {
      clearInterval(timer);
      await renewing;
      // A store that is down must not hold up the end of the run: the lease runs out by itself.
      const brief = { ...quiet, signal: AbortSignal.timeout(releaseTimeoutMs) };
      if (!lost) await tryWrite(origin, { ...mine, released: true }, etag, brief);
    },
  };
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
    return parseDocument(lockSchema, bytes, lockKey);
  } catch {
    return undefined;
  }
}
