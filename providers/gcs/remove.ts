import { ProviderError } from '../../src/errors/errors.ts';
import type { Call } from '../../src/provider/contract.ts';
import { type Connection, objectPath, send } from './connection.ts';

const removalsAtOnce = 16;
const notFound = 404;

/** One request a key: what the batch API saves is answers, not operations. */
export async function removeObjects(connection: Connection, keys: readonly string[], call: Call): Promise<void> {
  call.signal.throwIfAborted();
  const waiting = [...keys];
  const failed: { key: string; error: ProviderError }[] = [];
  const work = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      const error = await removeOne(connection, key, call);
      if (error) failed.push({ key, error });
    }
  };
  await Promise.all(Array.from({ length: Math.min(removalsAtOnce, keys.length) }, work));
  const [first] = failed;
  if (!first) return;
  const named = failed.slice(0, 5).map(({ key }) => connection.root + key);
  const more = failed.length > named.length ? ` and ${failed.length - named.length} more` : '';
  const { kind, message, hint, retryAfterMs } = first.error;
  throw new ProviderError(
    kind,
    `${message} ${failed.length} of ${keys.length} objects were not removed: ${named.join(', ')}${more}.`,
    {
      cause: first.error,
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  );
}

async function removeOne(connection: Connection, key: string, call: Call): Promise<ProviderError | undefined> {
  const request = { method: 'DELETE', path: objectPath(connection, key), accepts: [notFound] } as const;
  try {
    const { body } = await send(connection, call, { action: 'remove', key }, request);
    body.resume();
    return undefined;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}
