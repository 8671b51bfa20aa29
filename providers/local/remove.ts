import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProviderError, WaybillError } from '../../src/errors/errors.ts';
import type { Call } from '../../src/provider/contract.ts';
import { codeOf, toProviderError } from './errors.ts';
import { hasRealParents, refuseLink, toPath } from './layout.ts';
import type { Store } from './store.ts';

/** Removed under one hold of the mutex. */
const batchSize = 500;
const namedAtMost = 3;

interface Failure {
  readonly key: string;
  readonly error: unknown;
}

/** Removes files, and the folders that are empty then. All keys are tried before it rejects. */
export async function removeObjects(store: Store, keys: readonly string[], call: Call): Promise<void> {
  call.signal.throwIfAborted();
  const failures: Failure[] = [];
  for (let at = 0; at < keys.length; at += batchSize) {
    const batch = keys.slice(at, at + batchSize);
    try {
      await store.mutex.run(() => failures.push(...removeBatch(store, batch)), call.signal);
    } catch (error) {
      throw toProviderError(error, `remove ${batch[0]}`);
    }
    await nextTurn();
    call.signal.throwIfAborted();
  }
  if (failures.length > 0) throw summarize(failures);
}

/** Under the mutex, so that no folder goes while another process puts a file into it. */
function removeBatch(store: Store, keys: readonly string[]): Failure[] {
  const failures: Failure[] = [];
  const gone: string[] = [];
  for (const key of keys) {
    try {
      removeOne(store, key);
      gone.push(key);
    } catch (error) {
      failures.push({ key, error: toProviderError(error, `remove ${key}`) });
    }
  }
  store.records.forget(gone);
  return failures;
}

function removeOne(store: Store, key: string): void {
  const path = toPath(store.layout, key);
  if (!hasRealParents(store.layout, key)) return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) refuseLink(store.layout, path);
  if (!found?.isFile()) return;
  unlinkSync(path);
  for (let folder = dirname(path); folder.length > store.layout.root.length; folder = dirname(folder)) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return;
      throw error;
    }
  }
}

function summarize(failures: readonly Failure[]): unknown {
  const [first] = failures;
  if (failures.length === 1 || !(first?.error instanceof ProviderError)) return first?.error;
  const named = failures.slice(0, namedAtMost).map(({ error }) => (error instanceof WaybillError ? error.message : ''));
  const rest = failures.length > namedAtMost ? ` And ${failures.length - namedAtMost} more.` : '';
  return new ProviderError(first.error.kind, named.join(' ') + rest, {
    cause: first.error,
    ...(first.error.hint === undefined ? {} : { hint: first.error.hint }),
  });
}
