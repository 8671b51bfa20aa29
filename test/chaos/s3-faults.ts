import { describe, test } from 'vitest';
import { WaybillError } from '../../src/errors/errors.ts';
import { type FaultKind, faultKinds } from './faults.ts';
import { findUntold } from './messages.ts';
import { findBroken, liveOf, versionsOf } from './promise.ts';
import { type S3World, type S3Worlds, startS3Worlds } from './s3-world.ts';
import { back, findUndone, findUnfinished, type Scenario, scenarios } from './scenarios.ts';
import { insist, isFull, runMany } from './share.ts';
import { tally } from './tally.ts';

/** Most of a case is waiting for pauses and timeouts. */
const atOnce = 12;

let serial = 0;

interface Case {
  readonly scenario: Scenario;
  readonly kind: FaultKind;
  /** The request that fails; counted from 0. */
  readonly at: number;
  readonly lasts: boolean;
  readonly then: 'rerun' | 'rollback';
}

/** Prepares the scenario once and counts the requests of its operation. */
async function prepare(worlds: S3Worlds, scenario: Scenario): Promise<{ bucket: string; requests: number }> {
  const bucket = `prepared-${serial++}`;
  const world = await worlds.open(bucket);
  for (const run of scenario.before) await run(world);
  const counted = await worlds.open(`counted-${serial++}`, bucket);
  await scenario.op(counted);
  return { bucket, requests: counted.restart() };
}

async function runCase(worlds: S3Worlds, bucket: string, one: Case): Promise<void> {
  const { scenario, kind, at, lasts, then } = one;
  const note = `${scenario.name}, ${kind.name} at ${at}${lasts ? ' and ever after' : ''}, then ${then}`;
  const world = await worlds.open(`case-${serial++}`, bucket);
  const before = await world.snapshot();
  world.restart();
  world.fault = (_, index) => (index === at || (lasts && index > at) ? kind.fault : undefined);
  // Without an end in sight one retry tells as much as ten.
  world.rig.options = { ...world.rig.options, retryBudgetMs: lasts ? 250 : 20_000 };
  const error = await scenario.op(world).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  world.fault = () => undefined;
  world.rig.options = { ...world.rig.options, retryBudgetMs: 20_000 };
  const after = await world.snapshot();
  if (error === undefined) insist(note, findUnfinished(world, after, scenario.done));
  else {
    if (!(error instanceof WaybillError)) throw error;
    if (kind.passes && !lasts) insist(note, [`it did not try again: ${error.message}`]);
    insist(note, [
      ...findUntold({ error, kind, before, after, isPrune: scenario.left !== undefined }),
      ...findBroken(after),
    ]);
  }
  insist(`${note}, after it`, await goOn(world, one));
}

/** Finishes or undoes; what is left must be exactly the new or the old version. */
async function goOn(world: S3World, { scenario, then }: Case): Promise<string[]> {
  const before = await world.snapshot();
  const { applying, version } = liveOf(before);
  const to = scenario.backTo ?? scenario.was;
  if (then === 'rollback' && to > 0) {
    // Without a number it undoes a deploy, and would finish a rollback.
    if (applying) await back(scenario.was < scenario.done ? undefined : to)(world);
    else if (version !== to) await back(to)(world);
    return findUnfinished(world, await world.snapshot(), to);
  }
  await scenario.op(world);
  if (scenario.later) await scenario.later.run(world);
  const after = await world.snapshot();
  const done = scenario.later?.to ?? scenario.done;
  const used = versionsOf(after).length;
  const most = Math.max(done, ...versionsOf(before));
  return [...findUndone(world, after, scenario), ...(used > most ? [`${used} versions, and ${most} are wanted`] : [])];
}

/** Each scenario takes minutes of one processor in full, so files share them out. */
export function describeS3Faults(names: readonly string[]): void {
  const chosen = names.map((name) => scenarios.find((one) => one.name === name) as Scenario);
  describe.each(chosen)('S3: $name', (scenario) => {
    test.each([
      ['once', false],
      ['from then on', true],
    ])('every request breaks %s in every way', { timeout: 900_000 }, async (_, lasts) => {
      const worlds = await startS3Worlds({ retryBudgetMs: 20_000 });
      const { bucket, requests } = await prepare(worlds, scenario);
      const cases = faultKinds.flatMap((kind, k) =>
        Array.from({ length: requests }, (_, at): Case[] =>
          (['rerun', 'rollback'] as const).map((then) => ({ scenario, kind, at, lasts, then })),
        ).flatMap((both, at) => (isFull || at % 10 === k % 10 ? [both[(at + k) % 2] as Case] : [])),
      );
      const problems = await runMany(
        cases.map((one) => () => runCase(worlds, bucket, one)),
        atOnce,
      );
      tally(`S3: every request of a run broken ${lasts ? 'from then on' : 'once'}`, cases.length, problems);
    });
  });
}
