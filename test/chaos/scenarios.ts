import { activate } from '../../src/activate.ts';
import { deploy } from '../../src/deploy.ts';
import { promote } from '../../src/promote.ts';
import { prune } from '../../src/prune.ts';
import { rollback } from '../../src/rollback.ts';
import type { Rig } from '../rig.ts';
import type { EdgeModel } from './edge-model.ts';
import { findInexact, liveOf, manifestOf, versionsOf } from './promise.ts';
import type { Snapshot } from './snapshot.ts';

export const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;
/**
 * Every run before is over, so its lock is taken over at once. No process can take such a variable: git, which would cost more than the run
 * itself, is not even started.
 */
export const afterDeath = { env: { GIT: '\0' }, host: { hostname: 'host', pid: 1, isAlive: () => false } };

/** An environment, one that versions are promoted from, and visitors behind an edge. */
export interface World {
  readonly rig: Rig;
  /** Its operations break, too. */
  readonly source: Rig;
  readonly model: EdgeModel;
  snapshot(): Snapshot | Promise<Snapshot>;
  /** Changes the origin behind our back: `undefined` removes. */
  damage(key: string, body: string | undefined): void;
}

export const s1 = { 'index.html': 'home', 'app.css': 'a{}', 'b.css': 'b', 'same.css': 's', 'app-5WLTJH4U.js': '1' };
export const s2 = {
  'index.html': 'home 2',
  'app.css': 'b{}',
  'new.css': 'n',
  'b.css': 'b',
  'same.css': 's',
  'app-QL7MZ3PB.js': '2',
};
export const s3 = { 'index.html': 'home 3', 'app.css': 'c{}', 'b.css': 'bbb', 'same.css': 's', 'new3.css': 'm' };
export const universe = [...new Set([...Object.keys(s1), ...Object.keys(s2), ...Object.keys(s3)])];

type Run = (world: World) => Promise<unknown>;

function prepare({ rig }: World, files: Record<string, string>, rule: string | undefined): void {
  rig.setFiles(files);
  const match = ['**/same.css', '**/*.js', '**/index.html'];
  rig.options = { ...rig.options, headers: rule ? [{ match, set: { 'x-amz-meta-rule': rule } }] : [] };
}

export const dep =
  (files: Record<string, string>, rule?: string): Run =>
  async (world) => {
    prepare(world, files, rule);
    return deploy(await world.rig.session(afterDeath), applied);
  };
const stage =
  (files: Record<string, string>, rule?: string): Run =>
  async (world) => {
    prepare(world, files, rule);
    return deploy(await world.rig.session(afterDeath), { ...applied, stage: true });
  };
/** One of two machines that stage a version together. */
const stagePart =
  (index: number, files: Record<string, string>, rule?: string): Run =>
  async (world) => {
    prepare(world, files, rule);
    await deploy(await world.rig.session(afterDeath), { ...applied, stage: true, shard: { index, count: 2 } });
  };
const makeLive =
  (to: number): Run =>
  async ({ rig }) =>
    activate(await rig.session(afterDeath), { ...applied, to });
const inTurn =
  (...runs: readonly Run[]): Run =>
  async (world) => {
    for (const run of runs) await run(world);
  };
const prepareSource =
  (...sites: Record<string, string>[]): Run =>
  async ({ source }) => {
    for (const files of sites) {
      source.setFiles(files);
      await deploy(await source.session(afterDeath), applied);
    }
  };
const bring =
  (version?: number): Run =>
  async ({ rig, source }) => {
    const environment = { ...(await source.session()).environment, name: 'source' };
    const from = await source.session({ ...afterDeath, environment });
    await promote(from, await rig.session(afterDeath), { ...applied, ...(version ? { version } : {}) });
  };
export const back =
  (to?: number): Run =>
  async ({ rig }) =>
    rollback(await rig.session(afterDeath), { ...applied, ...(to ? { to } : {}) });

const clean =
  (keep: number): Run =>
  async ({ rig }) =>
    prune(await rig.session(afterDeath), { ...applied, keep, olderThanMs: 0 });

export interface Scenario {
  readonly name: string;
  readonly before: readonly Run[];
  readonly op: Run;
  /** Version after the op is done. */
  readonly done: number;
  /** Live version before. */
  readonly was: number;
  readonly disturb?: (world: World) => void;
  /** Makes live what the op has prepared; the version is then `to`. */
  readonly later?: { readonly run: Run; readonly to: number };
  /** A version that can still be gone back to, however the op ended. */
  readonly backTo?: number;
  /** The versions that are there once it is done. */
  readonly left?: readonly number[];
}

export const scenarios: readonly Scenario[] = [
  { name: 'first deploy', before: [], op: dep(s1), done: 1, was: 0 },
  { name: 'deploy', before: [dep(s1)], op: dep(s2), done: 2, was: 1 },
  { name: 'deploy of headers', before: [dep(s1)], op: dep(s1, 'x'), done: 2, was: 1 },
  { name: 'deploy that takes a header away', before: [dep(s1, 'x')], op: dep(s1), done: 2, was: 1 },
  { name: 'rollback', before: [dep(s1), dep(s2, 'x'), dep(s3)], op: back(2), done: 2, was: 3 },
  { name: 'rollback of headers', before: [dep(s1), dep(s1, 'x')], op: back(1), done: 1, was: 2 },
  { name: 'stage', before: [dep(s1)], op: stage(s2, 'x'), done: 1, was: 1, later: { run: makeLive(2), to: 2 } },
  { name: 'first stage', before: [], op: stage(s1), done: 0, was: 0, later: { run: makeLive(1), to: 1 } },
  {
    name: 'first part of a stage',
    before: [dep(s1)],
    op: stagePart(1, s2, 'x'),
    done: 1,
    was: 1,
    later: { run: inTurn(stagePart(2, s2, 'x'), makeLive(2)), to: 2 },
  },
  {
    name: 'last part of a stage',
    before: [dep(s1), stagePart(1, s2, 'x')],
    op: stagePart(2, s2, 'x'),
    done: 1,
    was: 1,
    later: { run: makeLive(2), to: 2 },
  },
  {
    name: 'first part of a first stage',
    before: [],
    op: stagePart(1, s1),
    done: 0,
    was: 0,
    later: { run: inTurn(stagePart(2, s1), makeLive(1)), to: 1 },
  },
  { name: 'activate', before: [dep(s1), stage(s2, 'x')], op: makeLive(2), done: 2, was: 1 },
  { name: 'promote', before: [dep(s1), prepareSource(s1, s2)], op: bring(), done: 2, was: 1 },
  { name: 'promote of kept bodies', before: [prepareSource(s2, s3)], op: bring(1), done: 1, was: 0 },
  {
    name: 'prune',
    before: [dep(s1), dep(s2, 'x'), dep(s3)],
    op: clean(2),
    done: 3,
    was: 3,
    backTo: 2,
    left: [2, 3],
  },
  {
    name: 'repair',
    before: [dep(s1)],
    op: dep(s1),
    done: 1,
    was: 1,
    disturb(world) {
      world.damage('b.css', undefined);
      world.damage('app-5WLTJH4U.js', undefined);
      world.damage('app.css', 'evil');
      world.model.forgetAll();
    },
  },
];

/** What is wrong after the op has ended well, and what came after it. */
export function findUndone(world: World, snapshot: Snapshot, scenario: Scenario): string[] {
  const versions = versionsOf(snapshot);
  const isLeft = scenario.left === undefined || String(versions) === String(scenario.left);
  const found = findUnfinished(world, snapshot, scenario.later?.to ?? scenario.done);
  return isLeft ? found : [...found, `versions ${versions} are there, not ${scenario.left}`];
}

/** What is wrong after a run has ended well, at the origin and at the edge. */
export function findUnfinished(world: World, snapshot: Snapshot, version: number): string[] {
  const live = liveOf(snapshot).version;
  const keys = live ? manifestOf(snapshot, live).files.map(({ key }) => key) : [];
  return [...findInexact(snapshot, version), ...world.model.findStale(keys)];
}
