import type { Origin } from '../../src/provider/contract.ts';
import { withRetries } from '../../src/provider/retry.ts';

const policy = { budgetMs: 20_000 };

/**
 * An origin that tries again what a server was too busy for, as a run does, for stores that answer so: but without the reading back after
 * a conflict, which is not the contract's story.
 */
export function persistent(origin: Origin): Origin {
  return {
    ...origin,
    read: (key, call) => withRetries(policy, 'read', call, () => origin.read(key, call)),
    head: (key, call) => withRetries(policy, 'head', call, () => origin.head(key, call)),
    write: (object, call) => withRetries(policy, 'write', call, () => origin.write(object, call)),
    copy: (from, to, call) => withRetries(policy, 'copy', call, () => origin.copy(from, to, call)),
    remove: (keys, call) => withRetries(policy, 'remove', call, () => origin.remove(keys, call)),
  };
}
