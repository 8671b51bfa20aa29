import { describe, test } from 'vitest';
import { createMemoryOrigin, type MemoryObject } from '../../providers/memory/origin.ts';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Cutting } from '../../src/manifest/chunks.ts';
import { sameContent } from '../../src/plan/diff.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { makeRig } from '../rig.ts';
import { EdgeModel } from './edge-model.ts';
import { findBroken, liveOf, manifestOf } from './promise.ts';
import {
  back,
  dep,
  findUndone,
  findUnfinished,
  type Scenario,
  s1,
  s3,
  scenarios,
  universe,
  type World,
} from './scenarios.ts';
import { insist, isFull } from './share.ts';
import { snapshotMemory } from './snapshot.ts';
import { tally } from './tally.ts';

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

interface MemoryWorld extends World {
  /** Called before each operation at either origin and at the edge. */
  strike: () => Error | undefined;
}

/** Chunks of a row or two, so that a site of five files has several. */
const finely = { above: 2, meanRows: 2 };

/** An empty one, or a copy of one that was prepared. */
function makeWorld(from?: MemoryWorld, cutting: Cutting | undefined = from?.rig.options.cutting): MemoryWorld {
  const objects = new Map<string, MemoryObject>(from?.rig.objects);
  const texts = () =>
    new Map([...objects].map(([key, o]) => [key, `${new TextDecoder().decode(o.bytes)} ${JSON.stringify(o.headers)}`]));
  const model = new EdgeModel(universe, texts);
  const memory = createMemoryOrigin({
    objects,
    failOn: () => {
      model.visit();
      return world.strike();
    },
  });
  const rig = makeRig({
    files: { x: 'x' },
    headers: from?.rig.options.headers ?? [],
    edges: [model.edge],
    origin: contentEtags(memory, objects),
    memory: { objects },
    ...(cutting ? { cutting } : {}),
  });
  const memoryOfSource = { failOn: () => world.strike(), objects: new Map(from?.source.objects) };
  const source = makeRig({ files: s1, memory: memoryOfSource, url: 'https://dev.example/' });
  if (from) model.take(from.model);
  model.strike = () => world.strike();
  const world: MemoryWorld = {
    rig,
    source,
    model,
    strike: () => undefined,
    snapshot: () => snapshotMemory(objects),
    damage(key, body) {
      if (body === undefined) return void objects.delete(key);
      const bytes = new TextEncoder().encode(body);
      objects.set(key, { bytes, etag: 'e', headers: {}, visibility: 'public', writtenAt: 0 });
    },
  };
  return world;
}

/** One way to go on after each broken operation; all of them in the whole suite. */
const thens = ['rerun', 'rollback', 'other', 'other, broken, then rollback', 'rollback, broken, then rerun'] as const;

/** From operation `at` on nothing works any more; tells whether it came to that. */
function breakOff(world: MemoryWorld, at: number, isLost: boolean): () => boolean {
  let count = 0;
  world.strike = () => {
    const n = count++;
    if (n < at) return undefined;
    const error = new ProviderError('rejected', 'struck');
    if (isLost && n === at) return error;
    throw error;
  };
  return () => count > at;
}

async function prepare(scenario: Scenario, cutting?: Cutting): Promise<MemoryWorld> {
  const world = makeWorld(undefined, cutting);
  for (const run of scenario.before) await run(world);
  scenario.disturb?.(world);
  return world;
}

async function runOnce(
  scenario: Scenario,
  prepared: MemoryWorld,
  at: number,
  then: (typeof thens)[number],
  isLost: boolean,
) {
  const note = `${scenario.name}, broken at ${at}, then ${then}`;
  const world = makeWorld(prepared);
  const look = () => snapshotMemory(world.rig.objects);
  const struck = breakOff(world, at, isLost);
  await scenario.op(world).catch(() => undefined);
  world.strike = () => undefined;
  if (!struck()) return false;
  if (!scenario.disturb) insist(note, findBroken(look()));
  const { applying, version } = liveOf(look());
  let wasUndone = false;
  if (then === 'other') await dep(s3, 'y')(world);
  else if (then === 'rerun') await scenario.op(world);
  else if (applying && scenario.was > 0) {
    // A run with other content leaves what a half-applied version wrote until it comes to these keys.
    const over = new Set(manifestOf(look(), applying.version).files.map((file) => file.sha256));
    if (then !== 'rollback') {
      breakOff(world, (at * 7) % 30, isLost);
      await (then.startsWith('other') ? dep(s3, 'y') : back(scenario.was))(world).catch(() => undefined);
      world.strike = () => undefined;
      insist(note, findBroken(look(), { over, isDamaged: scenario.disturb !== undefined }));
    }
    wasUndone = liveOf(look()).applying === undefined;
    if (then.endsWith('rerun')) await scenario.op(world);
    else await back(liveOf(look()).version)(world);
  } else if (
    then === 'rollback' &&
    (scenario.backTo ?? scenario.was) > 0 &&
    (scenario.backTo ?? scenario.was) !== version
  ) {
    // It broke behind all that counts, or is nothing to undo: one can go back all the same.
    const to = scenario.backTo ?? scenario.was;
    await back(to)(world);
    insist(note, findUnfinished(world, look(), to));
    return true;
  } else {
    // Nothing of it can be seen, or nothing was there before, so there is nothing to undo.
    if (!scenario.disturb && !applying && version === scenario.was)
      insist(note, findUnfinished(world, look(), scenario.was));
    await scenario.op(world);
    await conclude(world, scenario, true, false, note);
    return true;
  }
  await conclude(world, scenario, then.endsWith('rerun'), wasUndone, note);
  return true;
}

async function conclude(world: MemoryWorld, scenario: Scenario, isDone: boolean, wasUndone: boolean, note: string) {
  const check = (version: number) => {
    const snapshot = snapshotMemory(world.rig.objects);
    insist(note, findUnfinished(world, snapshot, version));
  };
  const snapshot = snapshotMemory(world.rig.objects);
  const { version } = liveOf(snapshot);
  if (isDone && !wasUndone) {
    if (scenario.later) await scenario.later.run(world);
    insist(note, findUndone(world, snapshotMemory(world.rig.objects), scenario));
  } else if (isDone && scenario.later) {
    await scenario.later.run(world);
    check(scenario.later.to);
  } else if (isDone) {
    // The rollback went through, so the same files came again, under a number of their own.
    check(version);
    if (!sameContent(manifestOf(snapshot, version), manifestOf(snapshot, scenario.done)))
      insist(note, ['other content']);
  } else check(version);
}

describe.each<[string, string, boolean, Cutting?]>([
  ['before', '', false],
  ['behind', '', true],
  ['behind', ', with manifests in chunks', true, finely],
])(
  'broken %s any operation%s, where etags are hashes of the bytes and edges are asked all the time',
  (side, where, isLost, cutting) => {
    test.each(scenarios)(
      '$name: keys, headers and edges end as they should',
      async (scenario) => {
        const problems: string[] = [];
        let count = 0;
        const prepared = await prepare(scenario, cutting);
        for (let at = 0, goes = true; goes; at++) {
          const some = isFull ? thens : [thens[at % thens.length] as (typeof thens)[number]];
          for (const then of some) {
            goes = await runOnce(scenario, prepared, at, then, isLost).catch(
              (error: Error) => problems.push(error.message) > 0,
            );
            if (goes) count++;
          }
        }
        tally(`memory: every operation broken ${side} it${where}`, count, problems);
      },
      300_000,
    );
  },
);
