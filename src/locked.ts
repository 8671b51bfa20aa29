import { acquireLock, type Lock } from './manifest/lock.ts';
import { weakTiming } from './manifest/weak-lock.ts';
import type { Session } from './session.ts';
import { describeWeakness, isWeak, learnConditions } from './store-conditions.ts';

/** Runs `work` under the environment's lock. Throws LOCK_HELD while nothing is changed, and what `work` throws. */
export async function withLock<T>(
  session: Session,
  runUrl: string | undefined,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const { host, store, weakLock = weakTiming } = session;
  const isWeakStore = isWeak(await learnConditions(session));
  if (isWeakStore) {
    session.emit({ kind: 'warning', message: describeWeakness(session.state.name, weakLock.settleMs) });
  }
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
    { timeoutMs: session.lockTimeoutMs, emit: session.emit, weak: isWeakStore ? weakLock : undefined },
    session.call,
  );
  store.lock = lock;
  session.emit({ kind: 'locked' });
  try {
    return await work(lock);
  } finally {
    store.lock = undefined;
    // A lock that cannot be released runs out by itself; that must not hide how the run ended.
    await lock.release().catch(() => undefined);
  }
}
