import { setMaxListeners } from 'node:events';
import { ProviderError } from '../errors/errors.ts';
import type { Call, Edge, KeyRange, Origin, StoredBody, StoredObject } from './contract.ts';
import { listingBy, pagesOf } from './pages.ts';

/** How long nothing may move, in milliseconds. */
export interface Patience {
  readonly stallMs: number;
}

/** Stores answer within seconds, and those that work for longer send white space meanwhile. */
export const originPatience: Patience = { stallMs: 30_000 };
/** Edges may ask for pauses of half a minute. */
export const edgePatience: Patience = { stallMs: 120_000 };

// Below these rates silence is no sign of a dead connection: providers tell of sent bytes by the piece, stores say nothing while they copy.
const slowestUploadBytesPerMs = 64;
const slowestStoreBytesPerMs = 8 * 1024;
/** Providers tell of at least each so many bytes that they have sent. */
const pieceBytes = 16 * 2 ** 20;
/** A timer so late shows that this process stood still: what has arrived meanwhile was not looked at yet. */
const oversleptMs = 250;
const roundFromMs = 10_000;
const roundToMs = 1_000;
const perRemovedKeyMs = 20;
const perInvalidatedItemMs = 1_000;

/** One operation under watch. The clock stands still while nothing is asked of the other side. */
class Watch {
  /** The call to hand on: everything that it is told of counts as progress. */
  readonly call: Call;
  readonly #what: string;
  readonly #parent: AbortSignal;
  readonly #stop = new AbortController();
  readonly #patience: (sentBytes: number) => number;
  #sent = 0;
  #movedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #fail: (error: Error) => void = () => undefined;
  /** Requests of the operation that are retried by themselves, and those of them that are under way. */
  #retried = 0;
  #attempts = 0;

  constructor(what: string, parent: Call, patience: (sentBytes: number) => number) {
    this.#what = what;
    this.#parent = parent.signal;
    this.#patience = patience;
    setMaxListeners(0, parent.signal);
    parent.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (parent.signal.aborted) this.#onAbort();
    const { again, onBytes, onProgress, onWait } = parent;
    this.call = {
      signal: this.#stop.signal,
      ...(parent.mayWrite ? { mayWrite: parent.mayWrite } : {}),
      onBytes: (count) => {
        this.#sent += count;
        this.#moved();
        onBytes?.(count);
      },
      onWait: (waitedMs) => {
        this.#moved();
        onWait?.(waitedMs);
      },
      onProgress: () => {
        this.#moved();
        onProgress?.();
      },
      ...(again ? { again: (attempt) => this.#whileRetried(again, attempt) } : {}),
    };
  }

  /** Rejects when `step` stalls. */
  during<T>(step: (call: Call) => Promise<T>): Promise<T> {
    this.#moved();
    this.#arm(this.#patience(this.#sent));
    // By hand: a race of two promises costs five of them, and most operations are small.
    return new Promise<T>((resolve, reject) => {
      this.#fail = reject;
      step(this.call).then(
        (answer) => {
          clearTimeout(this.#timer);
          resolve(answer);
        },
        (error: unknown) => {
          clearTimeout(this.#timer);
          reject(error);
        },
      );
    });
  }

  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#stop.abort(this.#parent.reason);

  /** Between two attempts of a request it is we who wait. */
  async #whileRetried<T>(again: NonNullable<Call['again']>, attempt: () => Promise<T>): Promise<T> {
    this.#retried++;
    try {
      return await again(async () => {
        this.#attempts++;
        this.#moved();
        try {
          return await attempt();
        } finally {
          this.#attempts--;
        }
      });
    } finally {
      this.#retried--;
      this.#moved();
    }
  }

  #moved(): void {
    this.#movedAt = performance.now();
  }

  /** One timer that looks when it is due costs less than one for each chunk. */
  #arm(ms: number): void {
    // Timers of one length share a list; the patience with each body is another.
    const roundedMs = ms > roundFromMs ? Math.ceil(ms / roundToMs) * roundToMs : ms;
    const dueAt = performance.now() + roundedMs;
    this.#timer = setTimeout(() => {
      const isWaiting = this.#retried > 0 && this.#attempts === 0;
      if (isWaiting || performance.now() - dueAt > oversleptMs) this.#moved();
      const patienceMs = this.#patience(this.#sent);
      const leftMs = this.#movedAt + patienceMs - performance.now();
      if (leftMs > 0) return this.#arm(leftMs);
      const seconds = Math.round(patienceMs / 100) / 10;
      const error = new ProviderError('unavailable', `${this.#what}: nothing has moved for ${seconds} s.`);
      this.#fail(error);
      this.#stop.abort(error);
    }, roundedMs);
  }
}

/**
 * Wraps an origin so that an answer, a listing or a body that makes no progress is given up with kind `unavailable`, whatever the provider does
 * about its sockets. What does make progress may take as long as it likes, and a reader that takes its time is not hurried.
 */
export function watchOrigin(origin: Origin, { stallMs }: Patience = originPatience): Origin {
  const { name } = origin;
  const constant = () => stallMs;
  const uploading = (size: number) => (sent: number) =>
    stallMs + Math.min(size - sent, pieceBytes) / slowestUploadBytesPerMs + size / slowestStoreBytesPerMs;
  return {
    name,
    traits: origin.traits,
    ...listingBy((range, call) => watchList(origin, constant, range, call)),
    read: (key, call) => watchRead(origin, constant, key, call),
    head: (key, call) => once(`${name}: look at ${key}`, call, constant, (watched) => origin.head(key, watched)),
    write: (object, call) =>
      once(`${name}: write ${object.key}`, call, uploading(object.size), (watched) => origin.write(object, watched)),
    copy: (from, to, call) =>
      once(
        `${name}: copy to ${to.key}`,
        call,
        () => stallMs + to.size / slowestStoreBytesPerMs,
        (watched) => origin.copy(from, to, watched),
      ),
    remove: (keys, call) =>
      once(
        `${name}: remove ${keys.length} objects`,
        call,
        () => stallMs + keys.length * perRemovedKeyMs,
        (watched) => origin.remove(keys, watched),
      ),
    ...(origin.close ? { close: () => origin.close?.() ?? Promise.resolve() } : {}),
  };
}

/** The same for an edge. `onWait` and `onProgress` count as progress. */
export function watchEdge(edge: Edge, { stallMs }: Patience = edgePatience): Edge {
  const settled = edge.settled?.bind(edge);
  return {
    name: edge.name,
    traits: edge.traits,
    ...(edge.ready ? { ready: () => edge.ready?.() } : {}),
    invalidate: (request, call) =>
      once(
        `${edge.name}: invalidate`,
        call,
        () => stallMs + request.items.length * perInvalidatedItemMs,
        (watched) => edge.invalidate(request, watched),
      ),
    ...(settled
      ? {
          settled: (id, call) =>
            once(
              `${edge.name}: poll`,
              call,
              () => stallMs,
              (watched) => settled(id, watched),
            ),
        }
      : {}),
    ...(edge.close ? { close: () => edge.close?.() ?? Promise.resolve() } : {}),
  };
}

async function once<T>(
  what: string,
  call: Call,
  patience: (sentBytes: number) => number,
  run: (call: Call) => Promise<T>,
): Promise<T> {
  const watch = new Watch(what, call, patience);
  try {
    return await watch.during(run);
  } finally {
    watch.end();
  }
}

async function* watchList(
  origin: Origin,
  patience: () => number,
  range: KeyRange,
  call: Call,
): AsyncIterable<readonly StoredObject[]> {
  const watch = new Watch(`${origin.name}: list ${range.prefix}`, call, patience);
  yield* steps(watch, pagesOf(origin)(range, watch.call));
}

async function watchRead(
  origin: Origin,
  patience: () => number,
  key: string,
  call: Call,
): Promise<StoredBody | undefined> {
  const watch = new Watch(`${origin.name}: read ${key}`, call, patience);
  try {
    const found = await watch.during((watched) => origin.read(key, watched));
    if (found) return { ...found, body: steps(watch, found.body) };
  } catch (error) {
    watch.end();
    throw error;
  }
  watch.end();
  return undefined;
}

/** Watches each step; the time that the reader takes between two of them is its own. */
async function* steps<T>(watch: Watch, items: AsyncIterable<T>): AsyncIterable<T> {
  const source = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await watch.during(() => source.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    watch.end();
    const left = source.return?.();
    // One that stalls would stall here too.
    if (watch.isStopped) left?.catch(() => undefined);
    else await left;
  }
}
