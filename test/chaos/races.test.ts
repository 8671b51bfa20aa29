import { describe, expect, test } from 'vitest';
import { createMemoryOrigin } from '../../providers/memory/origin.ts';
import { deploy } from '../../src/deploy.ts';
import type { Live } from '../../src/manifest/live.ts';
import { prune } from '../../src/prune.ts';
import { rollback } from '../../src/rollback.ts';
import { makeRig, type Rig } from '../rig.ts';
import { findBroken, findInexact, findOther, liveOf } from './promise.ts';
import { Gate, gated, type RaceStore, raceStores } from './race-stores.ts';
import { applied } from './scenarios.ts';
import { insist, isFull, Lost } from './share.ts';
import { tally } from './tally.ts';

const hour = 3_600_000;
/** As in a lock: hosts of their own, so that nobody looks for the other's process. */
const hostOf = (name: string) => ({ hostname: name, pid: 1, isAlive: () => true });

const siteOf = (name: string): Record<string, string> => ({
  'index.html': `home ${name}`,
  'app.css': `/* ${name} */`,
  'same.css': 's',
  [`part-${name}.css`]: name,
});

async function openRig(store: RaceStore, name: string): Promise<Rig> {
  return makeRig({ files: siteOf(name), origin: await store.open() });
}

interface Contender {
  readonly name: string;
  readonly run: (lockTimeoutMs: number) => Promise<unknown>;
}

/** One run of each kind, all held at the lock until everybody has read the same live version. */
async function race(store: RaceStore, names: readonly string[], gate: Gate, lockTimeoutMs: number) {
  const contenders = await Promise.all(names.map((name) => prepare(store, name, gate)));
  const results = await Promise.allSettled(contenders.map(({ run }) => run(lockTimeoutMs)));
  return contenders.map(({ name }, index) => ({ name, result: results[index] as PromiseSettledResult<unknown> }));
}

async function prepare(store: RaceStore, name: string, gate: Gate): Promise<Contender> {
  const rig = makeRig({ files: siteOf(name), origin: gated(await store.open(), gate) });
  const live = liveOf(await store.snapshot());
  const to = name.startsWith('rollback') ? otherThan(live) : undefined;
  const run = async (lockTimeoutMs: number) => {
    // Nobody's own clock counts: they are an hour apart.
    const skew = name.length % 2 === 0 ? hour : -hour;
    const now = () => new Date(Date.now() + skew);
    const session = await rig.session({ env: { GIT: '\0' }, host: hostOf(name), lockTimeoutMs, now });
    if (name.startsWith('prune')) return prune(session, { ...applied, keep: 2, olderThanMs: 0 });
    return to === undefined ? deploy(session, applied) : rollback(session, { ...applied, to });
  };
  return { name, run };
}

/** A version to go back to. */
function otherThan({ version, previous, history }: Live): number {
  return history.find((entry) => entry.version !== version && !entry.gone)?.version ?? previous ?? version;
}

/** What is wrong after a race that began at `before`: who won, what the others said, and what is served. */
function judge(
  outcomes: Awaited<ReturnType<typeof race>>,
  snapshot: Awaited<ReturnType<RaceStore['snapshot']>>,
  before: { next: number; sites: ReadonlyMap<number, string> },
): { problems: string[]; winner: string | undefined } {
  const won = outcomes.filter(({ result }) => result.status === 'fulfilled');
  const others = won.filter(({ name }) => !name.startsWith('prune'));
  // A prune looks anew under the lock, so it may come second and be right all the same.
  const isOne = others.length === 1 || (others.length === 0 && won.length === 1);
  const problems = isOne ? [] : [`${won.length} winners`];
  for (const { name, result } of outcomes) {
    if (result.status === 'rejected' && result.reason.exitCode !== 5)
      problems.push(`${name} ended with ${result.reason.exitCode}: ${result.reason.message}`);
  }
  const winner = others[0]?.name;
  const { version } = liveOf(snapshot);
  problems.push(...findInexact(snapshot, version), ...findBroken(snapshot));
  const isBack = winner?.startsWith('rollback');
  const made = liveOf(snapshot).next - before.next;
  if (made !== (isBack || !winner ? 0 : 1)) problems.push(`${made} versions were made`);
  const served = isBack || !winner ? before.sites.get(version) : winner;
  if (served !== undefined) problems.push(...findOther(snapshot, siteOf(served)));
  return { problems, winner };
}

async function runRounds(store: RaceStore, rounds: number, namesOf: (round: number) => string[]): Promise<string[]> {
  const sites = new Map<number, string>();
  for (const name of ['first', 'second']) {
    const { version } = await (await openRig(store, name)).deploy();
    sites.set(Number(version), name);
  }
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const names = namesOf(round);
    const { next } = liveOf(await store.snapshot());
    // Whoever does not wait is told that the lock is held, who waits that its plan is stale: both are exit code 5.
    const outcomes = await race(store, names, new Gate(names.length), round % 4 === 0 ? 20_000 : 0);
    const snapshot = await store.snapshot();
    const { problems: found, winner } = judge(outcomes, snapshot, { next, sites });
    if (winner && !winner.startsWith('rollback')) sites.set(liveOf(snapshot).version, winner);
    if (found.length > 0) problems.push(new Lost(`round ${round}`, found).message);
  }
  return problems;
}

const deploys = (count: number) => (round: number) =>
  Array.from({ length: count }, (_, index) => `r${round}n${'i'.repeat(index + 1)}`);

describe.each(Object.entries(raceStores))('runs at %s that have all read the same live version', (name, openStore) => {
  test.each([
    ['two deploys', isFull ? 40 : 10, deploys(2)],
    ['five deploys', isFull ? 10 : 3, deploys(5)],
    ['a rollback beside a deploy', isFull ? 20 : 5, (round: number) => [`rollback${round}`, `r${round}n`]],
    ['a prune beside a deploy', isFull ? 20 : 5, (round: number) => [`prune${round}`, `r${round}n`]],
    ['a prune beside a rollback', isFull ? 20 : 5, (round: number) => [`prune${round}`, `rollback${round}`]],
  ])(
    '%s: one wins, the others end with exit code 5 or come after it, nothing is lost',
    { timeout: 300_000 },
    async (what, rounds, namesOf) => {
      const problems = await runRounds(await openStore(), rounds, namesOf);
      tally(`races at ${name}: ${what}`, rounds, problems);
    },
  );
});

/** A deploy that stops in the middle, when it writes its page, until it is told to go on. */
async function startHeld(store: RaceStore, name: string, now: () => Date) {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const origin = await store.open();
  const rig = makeRig({
    files: siteOf(name),
    origin: {
      ...origin,
      async write(object, call) {
        if (object.key === 'index.html') {
          reach();
          await released;
        }
        return origin.write(object, call);
      },
    },
  });
  const running = deploy(await rig.session({ env: { GIT: '\0' }, host: hostOf('holder'), now }), applied);
  await Promise.race([reached, running]);
  return { running, release };
}

const skews = [-hour, 0, hour];

describe.each(['memory', 'S3'])('clocks an hour apart at %s', (name) => {
  test('a lease goes by the origin: it is kept while its holder lives, and taken over once it has run out', async () => {
    const problems: string[] = [];
    let count = 0;
    for (const origin of skews) {
      for (const skew of skews) {
        const note = `origin ${origin / hour} h ahead, the other host ${skew / hour} h`;
        const store = await (raceStores[name] as (offset: number) => Promise<RaceStore>)(origin);
        await (await openRig(store, 'first')).deploy();
        const holder = await startHeld(store, 'holder', () => new Date(Date.now() - skew));
        const other = await openRig(store, 'other');
        const session = { env: { GIT: '\0' }, host: hostOf('other'), now: () => new Date(Date.now() + skew) };
        const refused = await deploy(await other.session(session), applied).catch((error: unknown) => error);
        if ((refused as { code?: string }).code !== 'LOCK_HELD') problems.push(`${note}: not refused: ${refused}`);
        holder.release();
        await holder.running.catch((error: Error) => problems.push(`${note}: the holder failed: ${error.message}`));
        const snapshot = await store.snapshot();
        if (findOther(snapshot, siteOf('holder')).length > 0) problems.push(`${note}: the holder's site is not live`);
        count++;
      }
    }
    tally(`clocks an hour apart at ${name}`, count, problems);
  });
});

test('a lock that a host with a wrong clock left behind is taken over when its lease has run out at the origin', async () => {
  let ahead = 0;
  const { objects } = createMemoryOrigin();
  const open = async () => createMemoryOrigin({ objects, clock: () => Date.now() + ahead });
  const store: RaceStore = { open, snapshot: async () => new Map() };
  await (await openRig(store, 'first')).deploy();
  const lock = { format: 1, run: 'r', host: 'gone', pid: 1, runUrl: null, leaseMs: 30_000, released: false };
  const old = objects.get('.waybill/lock');
  insist('lock', old ? [] : ['there is no lock']);
  objects.set('.waybill/lock', {
    ...old!,
    bytes: new TextEncoder().encode(JSON.stringify(lock)),
    writtenAt: Date.now(),
  });
  const rig = await openRig(store, 'other');
  const at = (skew: number) => ({ host: hostOf('other'), now: () => new Date(Date.now() + skew) });
  for (const skew of skews) {
    ahead = 29_000;
    await expect(deploy(await rig.session(at(skew)), applied)).rejects.toMatchObject({ code: 'LOCK_HELD' });
  }
  ahead = 31_000;
  expect(await deploy(await rig.session(at(-hour)), applied)).toMatchObject({ version: 2 });
});
