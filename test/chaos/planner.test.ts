import fc from 'fast-check';
import { expect, test } from 'vitest';
import { objectKey } from '../../src/manifest/keys.ts';
import type { ManifestFile } from '../../src/model.ts';
import type { Plan, Step } from '../../src/plan/types.ts';
import {
  type Choice,
  type Choices,
  type Drift,
  filesOf,
  makeObjects,
  makeWorld,
  names,
  type Objects,
  perform,
  planOf,
  type Start,
  stepsOf,
} from './planned-world.ts';
import { isFull, seed } from './share.ts';
import { tally } from './tally.ts';

const choice: fc.Arbitrary<Choice> = fc.record({
  body: fc.constantFrom('1', '2', '3'),
  headers: fc.constantFrom(0, 1),
});
const choices: fc.Arbitrary<Choices> = fc.dictionary(fc.constantFrom(...names), choice);
const drift: fc.Arbitrary<Drift> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('none' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('half-applied', 'missing', 'altered', 'foreign', 'foreign but equal'),
  },
);
const start: fc.Arbitrary<Start> = fc.record({
  live: fc.option(choices, { nil: undefined }),
  applying: fc.option(choices, { nil: undefined }),
  wanted: choices,
  drift: fc.dictionary(fc.constantFrom(...names), drift),
  kept: fc.uniqueArray(fc.constantFrom('1', '2', '3')),
  local: fc.boolean(),
  adopt: fc.boolean(),
});

/** What the plan must refuse, going by the state alone. */
function expectedRefusal(one: Start, objects: Objects): string[] {
  const codes: string[] = [];
  const foreign = filesOf(one.wanted).filter(({ key, sha256 }) => {
    const found = objects.get(key);
    return found && !found.ours && found.sha256 !== sha256;
  });
  if (foreign.length > 0 && !one.adopt) codes.push('FOREIGN_OBJECTS');
  const bodies = new Set([...objects.values()].filter(({ ours }) => ours).map(({ sha256 }) => sha256));
  const isLost = ({ key, sha256 }: ManifestFile) => !bodies.has(sha256) && objects.get(key)?.sha256 !== sha256;
  if (!one.local && filesOf(one.wanted).some(isLost)) codes.push('NOT_RESTORABLE');
  return codes;
}

/** What was tried, by how it ended; so that none of them can silently be never. */
const seen = { applied: 0, refused: 0 };

function check(one: Start, shuffle: (steps: readonly Step[]) => readonly Step[]): void {
  const objects = makeObjects(one);
  const before = new Map(objects);
  const base = one.live ? 1 : 0;
  let plan: Plan;
  try {
    plan = planOf(one, makeWorld(one, objects), base, 3);
  } catch (error) {
    const { code } = error as { code?: string };
    // A body that only stands where this plan writes is no safe source, so more than the missing ones are refused.
    if (code !== 'NOT_RESTORABLE' || one.local) expect(expectedRefusal(one, objects)).toContain(code);
    expect(objects).toEqual(before);
    seen.refused++;
    return;
  }
  expect(expectedRefusal(one, objects)).toEqual([]);
  for (const step of stepsOf(plan, shuffle)) perform(objects, step);
  for (const file of filesOf(one.wanted)) {
    const { sha256, headers } = objects.get(file.key) ?? {};
    expect({ sha256, headers }, file.key).toEqual({ sha256: file.sha256, headers: file.headers });
  }
  expectRestIsUntouched(one, before, objects);
  expectTold(plan, before, objects);
  const after = { ...one, live: one.wanted, applying: undefined };
  for (const [key, found] of objects) objects.set(key, { ...found, ours: true, altered: false });
  expect(planOf(after, makeWorld(after, objects), 3, 3).phases).toEqual([]);
  expectSameDigest(one, plan, before);
  seen.applied++;
}

/** Keys that are not wanted stay as they are, and what was replaced is kept. */
function expectRestIsUntouched(one: Start, before: Objects, after: Objects): void {
  const wanted = new Set(filesOf(one.wanted).map(({ key }) => key));
  for (const [key, object] of before) {
    if (!wanted.has(key)) expect(after.get(key), key).toBe(object);
    const isReplaced = after.get(key)?.sha256 !== object.sha256;
    if (isReplaced && !object.altered) expect(after.get(objectKey(object.sha256))?.sha256, key).toBe(object.sha256);
  }
  const made = [...after.keys()].filter((key) => !before.has(key) && !key.startsWith('.waybill/objects/'));
  for (const key of made) expect(wanted).toContain(key);
}

/** Whatever a visitor may have seen otherwise is named to the edge. */
function expectTold(plan: Plan, before: Objects, after: Objects): void {
  const told = plan.phases.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === 'invalidate' ? step.items : [])),
  );
  const isTold = (key: string): boolean =>
    told.some((item) => item === `/${key}` || (item.endsWith('*') && `/${key}`.startsWith(item.slice(0, -1))));
  for (const [key, object] of before) {
    const now = after.get(key);
    if (key.startsWith('.waybill/') || now === object) continue;
    expect(isTold(key), `${key} is told`).toBe(true);
  }
}

/** Equal states make equal plans, in whatever order their keys were made. */
function expectSameDigest(one: Start, plan: Plan, objects: Objects): void {
  const turned = planOf(one, makeWorld(one, objects, true), one.live ? 1 : 0, 3);
  expect(turned.digest).toBe(plan.digest);
}

test('a plan turns any state into the wanted one, and nothing else, in whatever order its waves run', {
  timeout: 300_000,
}, () => {
  const numRuns = isFull ? 10_000 : 1_000;
  fc.assert(
    fc.property(start, fc.infiniteStream(fc.nat()), (one, order) => {
      const shuffle = (steps: readonly Step[]) =>
        steps
          .map((step) => ({ step, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ step }) => step);
      check(one, shuffle);
    }),
    { numRuns, seed },
  );
  expect(seen.refused).toBeGreaterThan(numRuns / 50);
  tally('planner: states turned into wanted ones', seen.applied, []);
  tally('planner: states refused before anything is written', seen.refused, []);
});
