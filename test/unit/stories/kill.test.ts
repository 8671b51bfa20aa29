import { describe, test } from 'vitest';
import { createMemoryOrigin, type MemoryObject } from '../../../providers/memory/origin.ts';
import { activate } from '../../../src/activate.ts';
import { deploy } from '../../../src/deploy.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { parseManifest } from '../../../src/manifest/codec.ts';
import type { Live } from '../../../src/manifest/live.ts';
import { sameContent } from '../../../src/plan/diff.ts';
import { promote } from '../../../src/promote.ts';
import type { Origin } from '../../../src/provider/contract.ts';
import { rollback } from '../../../src/rollback.ts';
import { createRecordingEdge, makeRig, type RecordingEdge, type Rig } from '../../rig.ts';

const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;
const dead = { env: {}, host: { hostname: 'host', pid: 1, isAlive: () => false } };

/** Etags are hashes of the bytes, as S3's are: new headers keep them. */
function contentEtags(origin: Origin, objects: Map<string, MemoryObject>): Origin {
  const bare = (etag: string) => etag.split('-')[0] as string;
  const real = (key: string, etag: string | null | undefined) => {
    if (etag == null) return etag;
    const now = objects.get(key)?.etag;
    return now !== undefined && bare(now) === etag ? now : etag;
  };
  const cond = <T extends { key: string; ifMatch?: string | null }>(o: T): T =>
    o.ifMatch == null ? o : { ...o, ifMatch: real(o.key, o.ifMatch) as string };
  return {
    name: origin.name,
    traits: origin.traits,
    async *list(range, call) {
      for await (const o of origin.list(range, call)) yield { ...o, etag: bare(o.etag) };
    },
    read: async (key, call) => {
      const f = await origin.read(key, call);
      return f && { ...f, etag: bare(f.etag) };
    },
    head: async (key, call) => {
      const f = await origin.head(key, call);
      return f && { ...f, etag: bare(f.etag) };
    },
    write: async (o, call) => ({ etag: bare((await origin.write(cond(o), call)).etag) }),
    copy: async (from, to, call) => ({
      etag: bare(
        (await origin.copy({ key: from.key, etag: real(from.key, from.etag) as string }, cond(to), call)).etag,
      ),
    }),
    remove: (keys, call) => origin.remove(keys, call),
  };
}

interface World {
  rig: Rig;
  /** The environment that versions are promoted from; its operations count, too. */
  source: Rig;
  strike: { fn: (op: { kind: string; key: string }) => Error | undefined };
  cache: Map<string, string>;
}

function makeWorld(files: Record<string, string>, universe: string[]): World {
  const objects = new Map<string, MemoryObject>();
  const cache = new Map<string, string>();
  const strike = { fn: (_: { kind: string; key: string }): Error | undefined => undefined };
  const visit = () => {
    for (const key of universe) {
      if (cache.has(key)) continue;
      const o = objects.get(key);
      if (!o && key.startsWith('app-')) continue;
      cache.set(key, o ? `${new TextDecoder().decode(o.bytes)} ${JSON.stringify(o.headers)}` : 'absent');
    }
  };
  const memory = createMemoryOrigin({
    objects,
    failOn: (op) => {
      visit();
      return strike.fn(op);
    },
  });
  const recording = createRecordingEdge();
  const edge: RecordingEdge = {
    ...recording,
    async invalidate(request) {
      visit();
      const lost = strike.fn({ kind: 'invalidate', key: '' });
      for (const item of request.items) {
        if (item.endsWith('*')) cache.clear();
        cache.delete(item.replace('/static/', ''));
      }
      if (lost) throw lost;
      return { id: 'I' };
    },
  };
  const rig = makeRig({
    files,
    edges: [edge],
    origin: contentEtags(memory, objects),
    memory: { objects },
  });
  const source = makeRig({ files: s1, memory: { failOn: (op) => strike.fn(op) }, url: 'https://dev.example/' });
  return { rig, source, strike, cache };
}

const live = (rig: Rig) =>
  JSON.parse(
    new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes ?? new TextEncoder().encode('{"version":0}')),
  ) as Live;
const manifest = (rig: Rig, n: number) =>
  parseManifest(rig.objects.get(`.waybill/versions/${n}`)?.bytes as Uint8Array, n);

function promise(w: World, note: string, over: ReadonlySet<string | undefined> = new Set()) {
  const doc = live(w.rig);
  const L = doc.version ? manifest(w.rig, doc.version) : undefined;
  const A = doc.applying ? manifest(w.rig, doc.applying.version) : undefined;
  const byKey = new Map(A?.files.map((f) => [f.key, f]));
  for (const f of L?.files ?? []) {
    const o = w.rig.objects.get(f.key);
    const ok = [f.sha256, f.class === 'immutable' ? f.sha256 : byKey.get(f.key)?.sha256];
    if (!ok.includes(o?.sha256) && !over.has(o?.sha256))
      throw new Error(`${note}: ${f.key} serves neither live ${doc.version} nor applying ${doc.applying?.version}`);
  }
}

function exact(w: World, version: number, note: string) {
  const doc = live(w.rig);
  const problems: string[] = [];
  if (doc.version !== version) problems.push(`live ${doc.version}, wanted ${version}`);
  if (doc.applying) problems.push('applying left');
  if (doc.owed.length) problems.push('owed left');
  for (const f of manifest(w.rig, doc.version).files) {
    const o = w.rig.objects.get(f.key);
    if (o?.sha256 !== f.sha256) problems.push(`${f.key} wrong bytes`);
    else if (JSON.stringify(o.headers) !== JSON.stringify(f.headers)) problems.push(`${f.key} wrong headers`);
    const now = o && `${new TextDecoder().decode(o.bytes)} ${JSON.stringify(o.headers)}`;
    if (w.cache.has(f.key) && w.cache.get(f.key) !== now)
      problems.push(`${f.key} stale at the edge: ${w.cache.get(f.key)} vs ${now}`);
  }
  if (problems.length) throw new Error(`${note}: ${problems.join('; ')}`);
}

const s1 = { 'index.html': 'home', 'app.css': 'a{}', 'b.css': 'b', 'same.css': 's', 'app-5WLTJH4U.js': '1' };
const s2 = {
  'index.html': 'home 2',
  'app.css': 'b{}',
  'new.css': 'n',
  'b.css': 'b',
  'same.css': 's',
  'app-QL7MZ3PB.js': '2',
};
const s3 = { 'index.html': 'home 3', 'app.css': 'c{}', 'b.css': 'bbb', 'same.css': 's', 'new3.css': 'm' };
const universe = [...new Set([...Object.keys(s1), ...Object.keys(s2), ...Object.keys(s3)])];
const rule = (v: string) => [{ match: ['**/same.css', '**/*.js', '**/index.html'], set: { 'x-rule': v } }];

type Run = (w: World) => Promise<unknown>;
const dep =
  (files: Record<string, string>, r?: string): Run =>
  async (w) => {
    w.rig.setFiles(files);
    w.rig.options = { ...w.rig.options, headers: r ? rule(r) : [] };
    return deploy(await w.rig.session(dead), applied);
  };
const stage =
  (files: Record<string, string>, r?: string): Run =>
  async (w) => {
    w.rig.setFiles(files);
    w.rig.options = { ...w.rig.options, headers: r ? rule(r) : [] };
    return deploy(await w.rig.session(dead), { ...applied, stage: true });
  };
const makeLive =
  (to: number): Run =>
  async (w) =>
    activate(await w.rig.session(dead), { ...applied, to });
const prepareSource =
  (...sites: Record<string, string>[]): Run =>
  async ({ source }) => {
    for (const files of sites) {
      source.setFiles(files);
      await source.deploy();
    }
  };
const bring =
  (version?: number): Run =>
  async ({ rig, source }) => {
    const from = await source.session({ ...dead, environment: await environmentOf(source, 'source') });
    await promote(from, await rig.session(dead), { ...applied, ...(version ? { version } : {}) });
  };
const environmentOf = async (rig: Rig, name: string) => ({ ...(await rig.session()).environment, name });
const back =
  (to?: number): Run =>
  async (w) =>
    rollback(await w.rig.session(dead), { ...applied, ...(to ? { to } : {}) });

interface Scenario {
  name: string;
  before: Run[];
  op: Run;
  /** Version after the op is done. */
  done: number;
  /** Live version before. */
  was: number;
  disturb?: (w: World) => void;
  /** Makes live what the op has prepared; the version is then `to`. */
  later?: { run: Run; to: number };
}
const scenarios: Scenario[] = [
  { name: 'first deploy', before: [], op: dep(s1), done: 1, was: 0 },
  { name: 'deploy', before: [dep(s1)], op: dep(s2), done: 2, was: 1 },
  { name: 'deploy of headers', before: [dep(s1)], op: dep(s1, 'x'), done: 2, was: 1 },
  { name: 'deploy that takes a header away', before: [dep(s1, 'x')], op: dep(s1), done: 2, was: 1 },
  { name: 'rollback', before: [dep(s1), dep(s2, 'x'), dep(s3)], op: back(2), done: 2, was: 3 },
  { name: 'rollback of headers', before: [dep(s1), dep(s1, 'x')], op: back(1), done: 1, was: 2 },
  { name: 'stage', before: [dep(s1)], op: stage(s2, 'x'), done: 1, was: 1, later: { run: makeLive(2), to: 2 } },
  { name: 'first stage', before: [], op: stage(s1), done: 0, was: 0, later: { run: makeLive(1), to: 1 } },
  { name: 'activate', before: [dep(s1), stage(s2, 'x')], op: makeLive(2), done: 2, was: 1 },
  { name: 'promote', before: [dep(s1), prepareSource(s1, s2)], op: bring(), done: 2, was: 1 },
  { name: 'promote of kept bodies', before: [prepareSource(s2, s3)], op: bring(1), done: 1, was: 0 },
  {
    name: 'repair',
    before: [dep(s1)],
    op: dep(s1),
    done: 1,
    was: 1,
    disturb: (w) => {
      w.rig.objects.delete('b.css');
      w.rig.objects.delete('app-5WLTJH4U.js');
      w.rig.objects.set('app.css', {
        bytes: new TextEncoder().encode('evil'),
        etag: 'e',
        headers: {},
        visibility: 'public',
        writtenAt: 0,
      });
      w.cache.clear();
    },
  },
];

/** One way to go on after each broken operation; all of them with WAYBILL_TEST_RUNS. */
const isFull = process.env.WAYBILL_TEST_RUNS !== undefined;
const thens = ['rerun', 'rollback', 'other', 'other, broken, then rollback', 'rollback, broken, then rerun'] as const;

function breakOff(w: World, at: number, isLost: boolean): () => boolean {
  let count = 0;
  w.strike.fn = () => {
    const n = count++;
    if (n < at) return undefined;
    const error = new ProviderError('rejected', 'struck');
    if (isLost && n === at) return error;
    throw error;
  };
  return () => count > at;
}

async function runOnce(
  scenario: Scenario,
  at: number,
  then: (typeof thens)[number],
  isLost: boolean,
): Promise<boolean> {
  const note = `${scenario.name}, broken at ${at}, then ${then}`;
  const w = makeWorld({ x: 'x' }, universe);
  for (const run of scenario.before) await run(w);
  scenario.disturb?.(w);
  const struck = breakOff(w, at, isLost);
  await scenario.op(w).catch(() => undefined);
  w.strike.fn = () => undefined;
  if (!struck()) return false;
  if (!scenario.disturb) promise(w, note);
  const applying = live(w.rig).applying;
  let wasUndone = false;
  if (then === 'rerun') await scenario.op(w);
  else if (then === 'other') await dep(s3, 'y')(w);
  else {
    if (!applying || scenario.was === 0) return true;
    // A run with other content leaves what a half-applied version wrote until it comes to these keys.
    const over = new Set(manifest(w.rig, applying.version).files.map((file) => file.sha256));
    if (then !== 'rollback') {
      breakOff(w, (at * 7) % 30, isLost);
      await (then.startsWith('other') ? dep(s3, 'y') : back(scenario.was))(w).catch(() => undefined);
      w.strike.fn = () => undefined;
      promise(w, note, over);
    }
    wasUndone = live(w.rig).applying === undefined;
    if (then.endsWith('rerun')) await scenario.op(w);
    else await back(live(w.rig).version)(w);
  }
  const isDone = then.endsWith('rerun');
  if (isDone && scenario.later) {
    await scenario.later.run(w);
    exact(w, scenario.later.to, note);
  } else if (isDone && wasUndone) {
    // The rollback went through, so the same files came again, under a number of their own.
    const { version } = live(w.rig);
    exact(w, version, note);
    if (!sameContent(manifest(w.rig, version), manifest(w.rig, scenario.done)))
      throw new Error(`${note}: other content`);
  } else exact(w, isDone ? scenario.done : live(w.rig).version, note);
  return true;
}

describe.each([
  ['killed before', false],
  ['killed behind', true],
])('%s any operation, where etags are hashes of the bytes and edges are asked all the time', (_, isLost) => {
  test.each(scenarios)(
    '$name: keys, headers and edges end as they should',
    async (scenario) => {
      for (let at = 0, goes = true; goes; at++) {
        const some = isFull ? thens : [thens[at % thens.length] as (typeof thens)[number]];
        for (const then of some) goes = await runOnce(scenario, at, then, isLost);
      }
    },
    120_000,
  );
});
