import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activate, deploy, promote, prune, rollback } from '../../src/index.ts';
import type { Live } from '../../src/manifest/live.ts';
import { writeTree } from '../temp.ts';
import { type KillPlace, type KillStore, localStore, openOthersS3, startOwnS3 } from './kill-places.ts';
import { findBroken, findInexact, findOther, hasHeaders, liveOf, versionsOf } from './promise.ts';
import { insist, isFull, makeRandom, runMany, seed } from './share.ts';
import type { Snapshot } from './snapshot.ts';
import { tally } from './tally.ts';
import { type Moment, runVictim, type VictimRun } from './victim.ts';

process.env.AWS_ACCESS_KEY_ID = 'testaccess';
process.env.AWS_SECRET_ACCESS_KEY = 'testsecret123';

const others = await openSetting();
const kills = isFull ? 200 : 50;
/** After so many kills a place has a long history, and a new one tells more. */
const killsPerPlace = 10;
const lanes = 3;

type Files = Readonly<Record<string, string>>;

/** Stable names, of which some change with each round, and hashed ones, of which all do. */
function makeSite(round: number): Files {
  const hash = (0xab000000 + round * 7919).toString(16).slice(0, 8);
  const page = (name: string) => `<script src="chunk0-${hash}.js"></script> ${name} ${round}`;
  const stable = Array.from({ length: 8 }, (_, i) => [
    `css/c${i}.css`,
    `c${i} { order: ${Math.floor(round / (i + 1))} }`,
  ]);
  const hashed = Array.from({ length: 5 }, (_, i) => [`chunk${i}-${hash}.js`, `console.log(${i}, ${round})`]);
  return {
    'index.html': page('home'),
    'docs/index.html': page('docs'),
    'sw.js': `// ${round}`,
    ...Object.fromEntries(stable),
    ...Object.fromEntries(hashed),
  };
}

interface Operation {
  readonly name: string;
  readonly args: readonly string[];
  /** The same without a process of its own. */
  readonly again: () => Promise<unknown>;
  /** What is served once it is done. */
  readonly files: Files;
  readonly was: number;
}

/** One place, its history, and what is drawn for it. */
class Lane {
  readonly #place: KillPlace;
  readonly #random: () => number;
  readonly #note: string;
  readonly #sites = new Map<number, Files>();
  #round = 0;
  #usual: VictimRun | undefined;

  constructor(place: KillPlace, random: () => number, note: string) {
    this.#place = place;
    this.#random = random;
    this.#note = note;
  }

  /** Resolves with how many processes were killed. */
  async round(): Promise<number> {
    const operation = await this.#choose();
    const note = `${this.#note}, round ${this.#round}, ${operation.name}`;
    const states = [{ snapshot: await this.#place.snapshot(), told: this.#place.told().length }];
    const first = await this.#run(operation, this.#usual ? this.#drawMoment(this.#usual) : undefined);
    if (!first.wasKilled && first.code !== 0)
      insist(note, [`it ended with ${first.code}: ${first.stderr.slice(-500)}`]);
    if (!first.wasKilled) this.#usual = first;
    let killed = first.wasKilled ? 1 : 0;
    states.push(await this.#lookAfter(note));
    if (first.wasKilled && this.#random() < 0.25 && this.#usual) {
      const second = await this.#run(operation, this.#drawMoment(this.#usual));
      if (second.wasKilled) killed++;
      states.push(await this.#lookAfter(`${note}, killed twice`));
    }
    const isBack = operation.was > 0 && this.#random() < 0.35;
    const files = isBack ? this.#sites.get(operation.was) : operation.files;
    await (isBack ? this.#goBack(operation.was) : operation.again());
    await this.#check(`${note}, then ${isBack ? 'rollback' : 'rerun'}`, states, files as Files);
    return killed;
  }

  async #check(note: string, states: { snapshot: Snapshot; told: number }[], files: Files): Promise<void> {
    const snapshot = await this.#place.snapshot();
    const { version } = liveOf(snapshot);
    const untold = states.flatMap((state) =>
      findUntold(state.snapshot, snapshot, this.#place.told().slice(state.told)),
    );
    insist(note, [...findInexact(snapshot, version), ...findOther(snapshot, files), ...untold]);
    const before = versionsOf(states[0]?.snapshot ?? new Map()).length;
    const made = versionsOf(snapshot).length - before;
    if (made > 1) insist(note, [`one operation made ${made} versions`]);
    this.#sites.set(version, files);
  }

  async #lookAfter(note: string) {
    const told = this.#place.told().length;
    const snapshot = await this.#place.snapshot();
    insist(note, findBroken(snapshot));
    return { snapshot, told };
  }

  #run({ args }: Operation, moment: Moment | undefined): Promise<VictimRun> {
    return runVictim(args, { cwd: this.#place.cwd, moment, listen: this.#place.listen });
  }

  /** Half of the kills by time, over all of a usual run; half at one of its events, which hits what takes no time. */
  #drawMoment({ firstEventMs, durationMs, events }: VictimRun): Moment {
    const random = this.#random;
    if (random() < 0.5) return { afterMs: firstEventMs + random() * (durationMs - firstEventMs) };
    return { atEvent: Math.floor(random() * events), isDropped: random() < 0.5 };
  }

  async #choose(): Promise<Operation> {
    this.#round++;
    const { cwd } = this.#place;
    const live = liveOf(await this.#place.snapshot());
    const was = live.version;
    const common = { cwd, env: 'prod', variables: { GIT: '\0' } };
    const files = makeSite(this.#round);
    const draw = this.#random();
    const targets = [...this.#sites.keys()].filter((version) => version < was && isRestorable(live, version));
    const to = targets[Math.floor(this.#random() * targets.length)];
    if (to !== undefined && draw < 0.25) {
      const again = () => rollback({ ...common, to });
      const args = ['rollback', '--env', 'prod', '--to', `${to}`];
      return { name: `rollback to ${to}`, args, again, files: this.#sites.get(to) as Files, was };
    }
    if (targets.length > 1 && draw < 0.4) {
      const again = () => prune({ ...common, keep: 2, olderThanMs: 0 });
      const args = ['prune', '--env', 'prod', '--keep', '2', '--older-than', '0'];
      return { name: 'prune', args, again, files: this.#sites.get(was) as Files, was };
    }
    rmSync(join(cwd, 'site'), { recursive: true });
    writeTree(join(cwd, 'site'), files);
    if (draw < 0.55) {
      await deploy({ ...common, env: 'dev' });
      const again = () => promote({ ...common, from: 'dev' });
      return { name: 'promote', args: ['promote', '--from', 'dev', '--env', 'prod'], again, files, was };
    }
    if (draw < 0.65) {
      const { version } = await deploy({ ...common, stage: true });
      const to = Number(version);
      const again = () => activate({ ...common, to });
      return { name: 'activate', args: ['activate', '--env', 'prod', '--to', `${to}`], again, files, was };
    }
    return { name: 'deploy', args: ['deploy', '--env', 'prod'], again: () => deploy(common), files, was };
  }

  async #goBack(to: number): Promise<void> {
    await rollback({ cwd: this.#place.cwd, env: 'prod', variables: { GIT: '\0' }, to });
  }
}

function isRestorable(live: Live, version: number): boolean {
  const isGone = live.history.some((entry) => entry.version === version && entry.gone);
  return !isGone && !live.pruned?.versions.includes(version);
}

/** Keys that visitors could have seen as they were then and that no edge was told to forget since. */
function findUntold(then: Snapshot, now: Snapshot, told: readonly string[]): string[] {
  const isTold = (path: string) =>
    told.some((item) => (item.endsWith('*') ? path.startsWith(item.slice(0, -1)) : item === path));
  const changed = [...then].filter(([key, { sha256, headers }]) => {
    const found = now.get(key);
    if (key.startsWith('.waybill/') || !found) return false;
    return found.sha256 !== sha256 || (headers !== undefined && !hasHeaders(found, headers));
  });
  return changed.flatMap(([key]) => (isTold(`/prod/${key}`) ? [] : [`the edge was never told to forget ${key}`]));
}

async function killMany(store: KillStore, wanted: number): Promise<void> {
  console.log(`kill -9 at ${store.name}: WAYBILL_CHAOS_SEED=${seed}`);
  let killed = 0;
  let serial = 0;
  const runLane = async (): Promise<void> => {
    while (killed < wanted) {
      const number = serial++;
      const note = `${store.name}, seed ${seed}, place ${number}`;
      const lane = new Lane(await store.open(number), makeRandom(seed + number * 1_000_003), note);
      const mostRounds = 3 * killsPerPlace;
      for (let here = 0, round = 0; here < killsPerPlace && round < mostRounds && killed < wanted; round++) {
        const now = await lane.round();
        here += now;
        killed += now;
      }
    }
  };
  const problems = await runMany(
    Array.from({ length: lanes }, () => runLane),
    lanes,
  );
  tally(`kill -9 of the command at ${store.name}`, killed, problems);
  expect(killed).toBeGreaterThanOrEqual(problems.length > 0 ? 0 : wanted);
}

const shares = others.length > 0 ? { S3: 0.4, local: 0.4, others: 0.2 } : { S3: 0.5, local: 0.5, others: 0 };

async function openSetting(): Promise<readonly string[]> {
  return (process.env.WAYBILL_TEST_S3 ?? '').split(',').filter((entry) => entry.startsWith('radosgw='));
}

test('a run killed at S3 loses nothing', { timeout: 900_000 }, async () => {
  await killMany(await startOwnS3(), kills * shares.S3);
});

test('a run killed at a local folder loses nothing', {
  timeout: 900_000,
}, async () => {
  await killMany(localStore, kills * shares.local);
});

if (others.length === 0) console.log('not covered: kill -9 at a real S3 server (WAYBILL_TEST_S3 names no radosgw)');
for (const other of others) {
  test('a run killed at a real S3 server loses nothing', {
    timeout: 900_000,
  }, async () => {
    for (const store of await openOthersS3(other))
      await killMany(store, Math.ceil((kills * shares.others) / others.length));
  });
}
