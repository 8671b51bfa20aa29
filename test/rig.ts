import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryOrigin, type MemoryOrigin, type MemorySetup } from '../providers/memory/origin.ts';
import { type ActivateOptions, activate } from '../src/activate.ts';
import type { Config, Environment, HeaderRule, Output } from '../src/config/types.ts';
import { type DeployOptions, deploy, planDeploy } from '../src/deploy.ts';
import type { Event } from '../src/events.ts';
import type { Cutting } from '../src/manifest/chunks.ts';
import type { WeakTiming } from '../src/manifest/weak-lock.ts';
import type { External } from '../src/model.ts';
import type { Edge, EdgeProvider, Origin, OriginProvider } from '../src/provider/contract.ts';
import { type PruneOptions, prune } from '../src/prune.ts';
import { type RollbackOptions, rollback } from '../src/rollback.ts';
import { openSession, type Session } from '../src/session.ts';
import { makeTree, writeTree } from './temp.ts';

/** An edge that takes what it is told, and refuses while `failing` holds an error. */
export interface RecordingEdge extends Edge {
  readonly taken: string[][];
  failing: Error | undefined;
}

export function createRecordingEdge(name = 'edge'): RecordingEdge {
  const taken: string[][] = [];
  return {
    name,
    taken,
    failing: undefined,
    traits: {
      scopes: ['paths', 'prefixes'],
      encoding: 'uri',
      maxPaths: 3000,
      price: { perItemUsd: 0.005, freePerMonth: 1000 },
    },
    async invalidate({ items }) {
      if (this.failing) throw this.failing;
      taken.push([...items]);
      return { id: `I${taken.length}` };
    },
  };
}

export interface RigOptions {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly memory?: MemorySetup;
  readonly origin?: Origin;
  readonly edges?: readonly (Edge | readonly Edge[])[];
  readonly headers?: readonly HeaderRule[];
  readonly classes?: Config['classes'];
  readonly externals?: Readonly<Record<string, External>>;
  readonly outputs?: (directory: string) => readonly Output[];
  readonly limits?: Partial<Environment['limits']>;
  readonly invalidation?: Environment['invalidation'];
  readonly keep?: Environment['keep'];
  readonly project?: string;
  readonly url?: string;
  readonly lockTimeoutMs?: number;
  readonly retryBudgetMs?: number;
  readonly weakLock?: WeakTiming;
  readonly cutting?: Cutting;
}

export interface Rig {
  readonly directory: string;
  readonly objects: MemoryOrigin['objects'];
  readonly events: Event[];
  readonly edge: RecordingEdge | undefined;
  options: RigOptions;
  /** The time of this host; now unless set. */
  clock: () => Date;
  /** Replaces the whole source. */
  setFiles(files: Readonly<Record<string, string | Uint8Array>>): void;
  session(changes?: Partial<Parameters<typeof openSession>[0]>): Promise<Session>;
  plan(options?: Parameters<typeof planDeploy>[1]): ReturnType<typeof planDeploy>;
  deploy(options?: Partial<DeployOptions>): ReturnType<typeof deploy>;
  rollback(options?: Partial<RollbackOptions>): ReturnType<typeof rollback>;
  prune(options?: Partial<PruneOptions>): ReturnType<typeof prune>;
  activate(options: Partial<ActivateOptions> & { to: number }): ReturnType<typeof activate>;
  /** What stands at the assets' keys, as text. */
  served(): Record<string, string>;
}

const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;

/** A site in a temporary folder and an environment for it, with the real stories over an origin in memory. */
export function makeRig(initial: RigOptions): Rig {
  const directory = makeTree();
  const source = join(directory, 'site');
  const memory = createMemoryOrigin(initial.memory);
  const events: Event[] = [];
  const rig: Rig = {
    directory,
    objects: memory.objects,
    events,
    edge: initial.edges?.[0] as RecordingEdge | undefined,
    options: initial,
    clock: () => new Date(),
    setFiles(files) {
      rmSync(source, { recursive: true, force: true });
      writeTree(source, files);
    },
    session: (changes = {}) => {
      const config = makeConfig(directory, source, rig.options, rig.options.origin ?? memory);
      return openSession({
        config,
        environment: config.environments.get('test') as Environment,
        env: { PATH: process.env.PATH },
        host: { hostname: 'host', pid: process.pid },
        now: () => rig.clock(),
        nonce: randomUUID(),
        signal: new AbortController().signal,
        emit: (event) => events.push(event),
        retryBudgetMs: rig.options.retryBudgetMs ?? 2000,
        lockTimeoutMs: rig.options.lockTimeoutMs ?? 0,
        readonly: false,
        ...(rig.options.weakLock ? { weakLock: rig.options.weakLock } : {}),
        ...(rig.options.cutting ? { cutting: rig.options.cutting } : {}),
        ...changes,
      });
    },
    plan: async (options = {}) => planDeploy(await rig.session({ readonly: true }), options),
    deploy: async (options = {}) => deploy(await rig.session(), { ...applied, ...options }),
    rollback: async (options = {}) => rollback(await rig.session(), { ...applied, ...options }),
    prune: async (options = {}) => prune(await rig.session(), { ...applied, ...options }),
    activate: async (options) => activate(await rig.session(), { ...applied, ...options }),
    served: () =>
      Object.fromEntries(
        [...memory.objects]
          .filter(([key]) => !key.startsWith('.waybill/'))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, object]) => [key, new TextDecoder().decode(object.bytes)]),
      ),
  };
  rig.setFiles(initial.files);
  return rig;
}

function makeConfig(directory: string, source: string, options: RigOptions, origin: Origin): Config {
  const provider: OriginProvider = {
    kind: 'origin',
    id: 'test',
    packages: [],
    parse: (raw) => raw,
    locate: () => ({ store: 'test', prefix: '' }),
    open: async () => origin,
  };
  const edgeProvider = (edges: readonly Edge[]): EdgeProvider => ({
    kind: 'edge',
    id: 'test',
    packages: [],
    parse: (raw) => raw,
    open: async () => edges,
  });
  // Each an entry of its own, as in a list of edges; an array is one entry that stands for several.
  const entries = (options.edges ?? []).map((entry) => (Array.isArray(entry) ? entry : [entry]) as readonly Edge[]);
  const choice = { provider, options: {}, location: { store: 'test', prefix: '' } };
  const environment: Environment = {
    name: 'test',
    origin: choice,
    state: choice,
    edges: entries.map((edges) => ({ provider: edgeProvider(edges), options: {} })),
    url: options.url ?? 'https://cdn.example/static/',
    outputs: options.outputs?.(directory) ?? [],
    limits: { floor: 0, required: [], ...options.limits },
    invalidation: options.invalidation ?? { budget: {}, refillUsdPerGB: 0.09, runsPerMonth: 30 },
    keep: options.keep ?? { versions: 10, days: 30, staged: 7 },
    protected: false,
  };
  return {
    file: join(directory, 'waybill.config.json'),
    directory,
    project: options.project ?? 'shop',
    sources: [{ kind: 'directory', path: source, label: 'site', prefix: '', fingerprint: 'auto', ignore: [] }],
    ignore: [],
    collisions: 'error',
    classes: options.classes ?? [],
    headers: options.headers ?? [],
    externals: new Map(Object.entries(options.externals ?? {})),
    environments: new Map([['test', environment]]),
  };
}
