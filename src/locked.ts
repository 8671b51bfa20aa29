import { acquireLock, type Lock } from './manifest/lock.ts';
import type { Session } from './session.ts';

/** Runs `work` under the environment's lock. Throws LOCK_HELD while nothing is changed, and what `work` throws. */
export async function withLock<T>(
  session: Session,
  runUrl: string | undefined,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const { host } = session;
  const lock = await acquireLock(
    session.state,
    {
      run: session.nonce,
      hostname: host.hostname,
      pid: host.pid,
      ...(host.pidSpace === undefined ? {} : { pidSpace: host.pidSpace }),
      isAlive: host.isAlive ?? (() => true),
      ...(runUrl === undefined ? {} : { runUrl }),
    },
    { timeoutMs: session.lockTimeoutMs, emit: session.emit },
    session.call,
  );
  session.emit({ kind: 'locked' });
  try {
    return await work(lock);
  } finally {
    // A lock that cannot be released runs out by itself; that must not hide how the run ended.
    await lock.release().catch(() => undefined);
  }
}
