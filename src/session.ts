import { setMaxListeners } from 'node:events';
import type { Config, Environment, OriginChoice } from './config/types.ts';
import { ConfigError } from './errors/errors.ts';
import type { Emit } from './events.ts';
import { chunksAt } from './manifest/chunk-memory.ts';
import type { Cutting } from './manifest/chunks.ts';
import type { Lock } from './manifest/lock.ts';
import type { WeakTiming } from './manifest/weak-lock.ts';
import type { Conditions } from './provider/conditions.ts';
import type { Call, Edge, Origin, ProviderContext } from './provider/contract.ts';
import { readonlyOrigin } from './provider/readonly.ts';
import type { RetryPolicy } from './provider/retry.ts';
import { wrapEdge, wrapOrigin } from './provider/wrap.ts';
import type { RequestCounts } from './receipt.ts';

export interface SessionOptions {
  readonly config: Config;
  readonly environment: Environment;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: {
    readonly hostname: string;
    readonly pid: number;
    /** Names the boot and the process namespace, so that a lock's dead process is not looked for in another container. */
    readonly pidSpace?: string;
    readonly isAlive?: (pid: number) => boolean;
  };
  readonly now: () => Date;
  /** Unique for each run. */
  readonly nonce: string;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly retryBudgetMs: number;
  readonly lockTimeoutMs: number;
  readonly concurrency?: number;
  /** How long the lock of a store without conditional writes takes; as `weakTiming` unless said. */
  readonly weakLock?: WeakTiming;
  /** Which manifests and inventories are cut into chunks; as `standardCutting` unless said. */
  readonly cutting?: Cutting;
  /** Where calls are counted; a count of this session's own unless said. */
  readonly requests?: RequestCounts;
  /** Any write throws: for commands that promise to change nothing. */
  readonly readonly: boolean;
}

/** One run on one environment, with its connections open. */
export interface Session extends SessionOptions {
  readonly call: Call;
  readonly origin: Origin;
  /** Where live pointer, manifests and lock are; the origin itself unless configured apart. */
  readonly state: Origin;
  /** From the origin's outwards. */
  readonly edges: readonly Edge[];
  /** By edge name: edges of one tier (a list of distributions) fill themselves from the same place, those of the next one from them. */
  readonly tiers: ReadonlyMap<string, number>;
  /** What is known of the stores; src/store-conditions.ts finds it out. */
  readonly store: {
    conditions: Conditions | undefined;
    /** While a lock is held, every write asks it first. */
    lock: Lock | undefined;
  };
  readonly requests: RequestCounts;
  readonly startedAt: number;
  close(): Promise<void>;
}

/** Opens the environment's origin, state location and edges. Throws PACKAGE_MISSING, ConfigError or ProviderError. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { environment } = options;
  // Every operation under way listens to it, and Node would tell users of a leak.
  setMaxListeners(0, options.signal);
  const requests: RequestCounts = options.requests ?? { list: 0, read: 0, write: 0, copy: 0, remove: 0 };
  const context: ProviderContext = {
    env: options.env,
    directory: options.config.directory,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
  };
  const store: Session['store'] = { conditions: undefined, lock: undefined };
  const policy: RetryPolicy = {
    budgetMs: options.retryBudgetMs,
    onRetry: (retry) => options.emit({ kind: 'retrying', ...retry }),
  };
  const openOrigin = async (choice: OriginChoice): Promise<Origin> => {
    const origin = await withPackages(choice.provider, () => choice.provider.open(choice.options, context));
    const wrapped = wrapOrigin(origin, {
      policy,
      requests,
      onRequest: (request) => options.emit({ kind: 'request', ...request }),
      conditions: () => store.conditions,
    });
    return options.readonly ? readonlyOrigin(wrapped) : wrapped;
  };
  const origin = await openOrigin(environment.origin);
  const state = environment.state === environment.origin ? origin : await openOrigin(environment.state);
  if (options.cutting) chunksAt(state).cutting = options.cutting;
  const opened = await Promise.all(
    environment.edges.map(({ provider, options: edgeOptions }) =>
      withPackages(provider, () => provider.open(edgeOptions, context)),
    ),
  );
  const edges = withDistinctNames(opened.flat()).map((edge) => wrapEdge(edge, policy));
  const tierOf = opened.flatMap((group, tier) => group.map(() => tier));
  return {
    ...options,
    call: {
      signal: options.signal,
      onBytes: (count) => options.emit({ kind: 'bytes-sent', count }),
      mayWrite: () => store.lock?.check(),
    },
    origin,
    state,
    store,
    edges,
    tiers: new Map(edges.map((edge, index) => [edge.name, tierOf[index] ?? 0])),
    requests,
    startedAt: performance.now(),
    async close() {
      const all = state === origin ? [origin, ...edges] : [origin, state, ...edges];
      await Promise.all(all.map((one) => one.close?.()));
    },
  };
}

/** A provider whose package is not there says what to install. */
async function withPackages<T>(
  provider: { id: string; packages: readonly string[] },
  open: () => Promise<T>,
): Promise<T> {
  try {
    return await open();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    const missing = provider.packages.find((name) => message.includes(`'${name}'`));
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !missing) throw cause;
    throw new ConfigError(
      'PACKAGE_MISSING',
      `The provider "${provider.id}" needs the package ${missing}, which is not installed`,
      {
        hint: `Run \`npm install ${missing}\`.`,
        cause,
      },
    );
  }
}

/** Owed invalidations are remembered by edge name, so two edges must not share one. */
function withDistinctNames(edges: readonly Edge[]): Edge[] {
  const seen = new Map<string, number>();
  return edges.map((edge) => {
    const nth = (seen.get(edge.name) ?? 0) + 1;
    seen.set(edge.name, nth);
    if (nth === 1) return edge;
    const { ready, settled, close } = edge;
    return {
      name: `${edge.name}-${nth}`,
      traits: edge.traits,
      invalidate: (request, call) => edge.invalidate(request, call),
      ...(ready ? { ready: ready.bind(edge) } : {}),
      ...(settled ? { settled: settled.bind(edge) } : {}),
      ...(close ? { close: close.bind(edge) } : {}),
    };
  });
}
