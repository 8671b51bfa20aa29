import { objectKey } from '../../src/manifest/keys.ts';
import type { AssetClass, Headers, Manifest, ManifestFile } from '../../src/model.ts';
import { makePlan } from '../../src/plan/build.ts';
import type { Seen, World } from '../../src/plan/diff.ts';
import type { EdgeView } from '../../src/plan/invalidation.ts';
import type { Plan, Step } from '../../src/plan/types.ts';
import { sha256Hex } from '../../src/provider/bytes.ts';

const classes: Readonly<Record<string, AssetClass>> = {
  'a.css': 'mutable',
  'app-5WLTJH4U.js': 'immutable',
  'app-QL7MZ3PB.js': 'immutable',
  'b.css': 'mutable',
  'docs/index.html': 'entry',
  'img/c.png': 'mutable',
  'index.html': 'entry',
  'sw.js': 'entry',
};
/** Sorted. */
export const names = Object.keys(classes);
const headerSets: readonly Headers[] = [{ 'cache-control': 'a', 'content-type': 'x' }, { 'content-type': 'y' }];
const big = 2 * 2 ** 20;

/** What a version has at a name: a body (hashed names have one each) and a set of headers. */
export interface Choice {
  readonly body: '1' | '2' | '3';
  readonly headers: 0 | 1;
}
export type Choices = Readonly<Record<string, Choice>>;

/** How the origin differs from what the records say, name by name. */
export type Drift = 'none' | 'half-applied' | 'missing' | 'altered' | 'foreign' | 'foreign but equal';

export interface Start {
  readonly live: Choices | undefined;
  readonly applying: Choices | undefined;
  readonly wanted: Choices;
  readonly drift: Readonly<Record<string, Drift>>;
  readonly kept: readonly string[];
  /** Whether the bytes can be sent from here. */
  readonly local: boolean;
  readonly adopt: boolean;
}

export function filesOf(choices: Choices): ManifestFile[] {
  return names.flatMap((key) => {
    const choice = choices[key];
    const cls = classes[key] as AssetClass;
    if (!choice) return [];
    const sha256 = cls === 'immutable' ? `of ${key}` : choice.body;
    // Bodies from a mebibyte on are sent once and copied.
    const size = sha256 === '3' ? big : 1;
    return [{ key, path: key, sha256, size, class: cls, headers: headerSets[choice.headers] as Headers }];
  });
}

function manifest(version: number, choices: Choices | undefined): Manifest | undefined {
  if (!choices) return undefined;
  const head = { format: 1, project: 'p', environment: 'e', version, source: {}, cdnUrl: 'u', createdAt: 't' } as const;
  return { ...head, files: filesOf(choices) };
}

export type Objects = Map<string, Seen>;

let writes = 0;

export function objectOf(sha256: string, size: number, headers: Headers, more: Partial<Seen> = {}): Seen {
  return { sha256, size, headers, etag: `e${++writes}`, ours: true, altered: false, ...more };
}

/** The origin as `start` says; state apart. */
export function makeObjects(start: Start): Objects {
  const objects: Objects = new Map([['foreign.txt', objectOf('not ours', 1, {}, { ours: false })]]);
  const recorded = new Map(filesOf(start.live ?? {}).map((file) => [file.key, file]));
  const half = new Map(filesOf(start.applying ?? {}).map((file) => [file.key, file]));
  const wanted = new Map(filesOf(start.wanted).map((file) => [file.key, file]));
  for (const key of names) {
    const drift = start.drift[key] ?? 'none';
    const isOurs = recorded.has(key) || half.has(key);
    const there = (drift === 'half-applied' ? half.get(key) : undefined) ?? recorded.get(key);
    if (drift === 'altered' && recorded.has(key)) objects.set(key, objectOf('by hand', 1, {}, { altered: true }));
    else if (drift === 'foreign' && !isOurs) objects.set(key, objectOf('foreign', 1, {}, { ours: false }));
    else if (drift === 'foreign but equal' && !isOurs) {
      const file = wanted.get(key);
      if (file) objects.set(key, objectOf(file.sha256, file.size, {}, { ours: false }));
    } else if (there && drift !== 'missing') objects.set(key, objectOf(there.sha256, there.size, there.headers));
  }
  for (const sha256 of start.kept) objects.set(objectKey(sha256), objectOf(sha256, sha256 === '3' ? big : 1, {}));
  return objects;
}

/** What observation makes of the objects; `reverse` has everything without an order of its own the other way round. */
export function makeWorld(start: Start, objects: Objects, reverse = false): World {
  const turn = <T>(list: readonly T[]): T[] => (reverse ? list.toReversed() : [...list]);
  const turnHeaders = <T extends { headers: Headers }>(one: T): T => ({
    ...one,
    headers: Object.fromEntries(turn(Object.entries(one.headers))),
  });
  const turnFiles = (one: Manifest | undefined) => one && { ...one, files: one.files.map(turnHeaders) };
  const recorded = filesOf(start.live ?? {}).filter(({ key }) => !objects.has(key));
  const kept = [...objects].filter(([key]) => key.startsWith('.waybill/'));
  return {
    wanted: filesOf(start.wanted).map(turnHeaders),
    local: start.local,
    seen: new Map(
      turn(names.flatMap((key) => toSeen(key, objects).map(([k, seen]) => [k, turnHeaders(seen)] as const))),
    ),
    missing: new Map(turn(recorded.map(({ key, sha256 }) => [key, sha256] as const))),
    kept: new Map(turn(kept.map(([, { sha256, etag }]) => [sha256, etag] as const))),
    live: turnFiles(manifest(1, start.live)),
    applying: turnFiles(manifest(2, start.applying)),
  };
}

function toSeen(key: string, objects: Objects): [string, Seen][] {
  const found = objects.get(key);
  return found ? [[key, found]] : [];
}

const edge: EdgeView = {
  name: 'edge',
  traits: { scopes: ['paths'], encoding: 'uri', maxPaths: 3000, price: { perItemUsd: 0, freePerMonth: 0 } },
};

const traits = {
  listHash: 'none',
  rangedList: true,
  concurrency: 1,
  writeIntervalMs: 0,
  maxKeyBytes: 1024,
  maxObjectBytes: 2 ** 40,
  headers: 'any',
} as const;

export function planOf(start: Start, world: World, base: number, version: number): Plan {
  return makePlan({
    operation: start.local ? 'deploy' : 'rollback',
    environment: 'e',
    from: undefined,
    cdnUrl: 'https://cdn.example/',
    base,
    version,
    world,
    lookup: {},
    edges: [edge],
    owed: [],
    guards: {
      origin: { name: 'o', traits },
      environment: 'e',
      limits: { floor: 0, required: [] },
      adopt: start.adopt,
      allowLarge: true,
    },
    warnings: [],
    invalidation: { budget: {}, refillUsdPerGB: 0, runsPerMonth: 1 },
    objectKey,
    hash: sha256Hex,
  });
}

/** Steps in an order in which they may happen: side by side within a wave, so `shuffle` may mix them. */
export function stepsOf(plan: Plan, shuffle: (steps: readonly Step[]) => readonly Step[]): Step[] {
  return plan.phases.flatMap(({ steps }) => {
    const waves = [...new Set(steps.map((step) => step.wave))].sort((a, b) => a - b);
    return waves.flatMap((wave) => shuffle(steps.filter((step) => step.wave === wave)));
  });
}

/** Does to the objects what a store would do. Throws where a condition does not hold or a source is not what it should be. */
export function perform(objects: Objects, step: Step): void {
  if (step.kind === 'invalidate') return;
  if (step.kind === 'store') throw new Error('no deploy stores');
  const { key, sha256, size } = step;
  if (step.kind === 'keep') {
    const from = objects.get(key);
    if (from?.etag !== step.etag || from.sha256 !== sha256) throw new Error(`${key} is not what should be kept`);
    objects.set(objectKey(sha256), objectOf(sha256, size, {}));
    return;
  }
  if (step.kind === 'copy') {
    const from = objects.get(step.from.key);
    if (step.from.etag !== undefined && from?.etag !== step.from.etag) throw new Error(`${step.from.key} was written`);
    if (from?.sha256 !== sha256) throw new Error(`${step.from.key} does not hold ${sha256}`);
  }
  if ((objects.get(key)?.etag ?? null) !== step.ifMatch) throw new Error(`${key} is not as it was seen`);
  objects.set(key, objectOf(sha256, size, step.headers));
}
