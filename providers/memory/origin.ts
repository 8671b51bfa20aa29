import { createHash } from 'node:crypto';
import { compareUtf8 } from '../../src/byte-order.ts';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Headers } from '../../src/model.ts';
import type { Call, KeyRange, ObjectSpec, Origin, OriginTraits, StoredObject } from '../../src/provider/contract.ts';

export interface MemoryObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly headers: Headers;
  readonly visibility: 'public' | 'private';
  /** Milliseconds of the origin's clock. */
  readonly writtenAt: number;
  /** Absent on objects that were put into the map by somebody else. */
  readonly sha256?: string;
}

export interface MemoryOperation {
  readonly kind: 'list' | 'read' | 'head' | 'write' | 'copy' | 'remove';
  /** The prefix of a listing, the target of a copy; `remove` is told for each key. */
  readonly key: string;
  /** Counts all operations of this origin from 0. */
  readonly index: number;
}

export interface MemorySetup {
  readonly name?: string;
  /** Without slashes at the ends. */
  readonly prefix?: string;
  /** The store, by full key; give the same map to several origins that shall see the same objects. */
  readonly objects?: Map<string, MemoryObject>;
  /**
   * Called before each operation. What it throws is thrown in place of the operation; an error that it returns is thrown after the
   * operation took effect, like an answer that got lost.
   */
  readonly failOn?: (operation: MemoryOperation) => Error | undefined;
  readonly clock?: () => number;
  readonly traits?: Partial<OriginTraits>;
  /** What becomes of `ifMatch`, as at stores that know no conditional writes. */
  readonly conditions?: 'held' | 'ignored' | 'refused';
}

export interface MemoryOrigin extends Origin {
  readonly objects: Map<string, MemoryObject>;
}

const defaultTraits: OriginTraits = {
  listHash: 'none',
  rangedList: true,
  concurrency: 64,
  writeIntervalMs: 0,
  maxKeyBytes: 1024,
  maxObjectBytes: Number.MAX_SAFE_INTEGER,
  headers: 'any',
};

/** Copies reach every origin over the same map. */
const names = new WeakMap<object, string>();
let named = 0;

function storeName(objects: object): string {
  const name = names.get(objects) ?? `memory ${++named}`;
  names.set(objects, name);
  return name;
}

/** Process-wide, so that an etag never comes back. */
let writes = 0;

/** An origin in memory that fails where it is told to. Every effect happens in one synchronous step, so writes are atomic. */
export function createMemoryOrigin(setup: MemorySetup = {}): MemoryOrigin {
  const { name = 'memory', clock = Date.now, objects = new Map<string, MemoryObject>() } = setup;
  const root = setup.prefix ? `${setup.prefix}/` : '';
  let operations = 0;

  /** Runs `effect` between the two places where `failOn` may strike. */
  function run<T>(kind: MemoryOperation['kind'], key: string, call: Call, effect: () => T): T {
    call.signal.throwIfAborted();
    const lost = setup.failOn?.({ kind, key, index: operations++ });
    const answer = effect();
    if (lost) throw lost;
    return answer;
  }

  function put(spec: ObjectSpec, bytes: Uint8Array): { etag: string } {
    checkTarget(setup, spec, objects.get(root + spec.key)?.etag ?? null);
    const etag = `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}-${++writes}`;
    const { sha256, headers, visibility } = spec;
    objects.set(root + spec.key, { bytes, etag, headers: { ...headers }, visibility, sha256, writtenAt: clock() });
    return { etag };
  }

  return {
    name,
    objects,
    traits: { ...defaultTraits, copyPlace: { realm: storeName(objects), bucket: '', root }, ...setup.traits },
    async *list(range, call) {
      const found = run('list', range.prefix, call, () => select(objects, root, range));
      for (const object of found) {
        call.signal.throwIfAborted();
        yield object;
      }
    },
    async read(key, call) {
      return run('read', key, call, () => {
        const found = objects.get(root + key);
        if (!found) return undefined;
        const { etag, bytes } = found;
        return { etag, size: bytes.byteLength, ageMs: clock() - found.writtenAt, body: stream(bytes, call) };
      });
    },
    async head(key, call) {
      return run('head', key, call, () => {
        const found = objects.get(root + key);
        if (!found) return undefined;
        const { etag, headers, sha256 } = found;
        return { key, size: found.bytes.byteLength, etag, headers, ...(sha256 === undefined ? {} : { sha256 }) };
      });
    },
    async write(object, call) {
      call.signal.throwIfAborted();
      const bytes = Uint8Array.from(await object.body.bytes());
      const answer = run('write', object.key, call, () => put(object, bytes));
      call.onBytes?.(bytes.byteLength);
      return answer;
    },
    async copy(from, to, call) {
      return run('copy', to.key, call, () => {
        const source = objects.get((from.place?.root ?? root) + from.key);
        if (!source) throw new ProviderError('missing', `${name}: ${from.key}, the source of a copy, does not exist.`);
        if (source.etag !== from.etag) {
          throw new ProviderError(
            'conflict',
            `${name}: ${from.key}, the source of a copy, was changed by somebody else.`,
          );
        }
        return put(to, source.bytes);
      });
    },
    async remove(keys, call) {
      for (const key of keys) run('remove', key, call, () => objects.delete(root + key));
    },
  };
}

function checkTarget(
  { name = 'memory', conditions = 'held' }: MemorySetup,
  { key, ifMatch }: ObjectSpec,
  found: string | null,
): void {
  if (ifMatch === undefined || conditions === 'ignored') return;
  if (conditions === 'refused') throw new ProviderError('rejected', `${name}: this store takes no conditional writes.`);
  if (ifMatch !== found) throw new ProviderError('conflict', `${name}: ${key} was changed by somebody else.`);
}

function select(objects: ReadonlyMap<string, MemoryObject>, root: string, range: KeyRange): StoredObject[] {
  const { prefix, after, until } = range;
  const found: StoredObject[] = [];
  for (const [full, { bytes, etag }] of objects) {
    if (!full.startsWith(root + prefix)) continue;
    const key = full.slice(root.length);
    if (after !== undefined && compareUtf8(key, after) <= 0) continue;
    if (until !== undefined && compareUtf8(key, until) > 0) continue;
    found.push({ key, size: bytes.byteLength, etag });
  }
  return found.sort((a, b) => compareUtf8(a.key, b.key));
}

async function* stream(bytes: Uint8Array, call: Call): AsyncIterable<Uint8Array> {
  call.signal.throwIfAborted();
  if (bytes.byteLength > 0) yield Uint8Array.from(bytes);
}
