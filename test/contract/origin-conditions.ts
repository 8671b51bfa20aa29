import { expect } from 'vitest';
import { probeConditions } from '../../src/manifest/probe.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { retryOrigin } from '../../src/provider/retry.ts';
import { calm, noise, toObject, toText } from './body.ts';
import { check } from './gap.ts';
import type { Suite } from './origin.ts';

const conflict = { kind: 'conflict' };
const never = '00000000000000000000000000000000';

export function describeConditions(suite: Suite): void {
  check(
    suite,
    'the probe of the first deploy finds that conditions hold',
    async ({ origin }) => {
      const found = await probeConditions(retryOrigin(origin, { budgetMs: 5_000 }), 'n', calm());
      expect(found).toEqual({ mustNotExist: true, ifMatch: true });
    },
    { gap: 'ifMatch on create' },
  );

  check(
    suite,
    'ifMatch null writes only where nothing is',
    async ({ origin }) => {
      await origin.write(toObject('new', '1', { ifMatch: null }), calm());
      await expect(origin.write(toObject('new', '2', { ifMatch: null }), calm())).rejects.toMatchObject(conflict);
      expect(await toText(await origin.read('new', calm()))).toBe('1');
      await origin.remove(['new'], calm());
      await origin.write(toObject('new', '3', { ifMatch: null }), calm());
    },
    { gap: 'ifMatch on create' },
  );

  check(
    suite,
    'ifMatch etag writes only over that etag',
    async ({ origin }) => {
      const first = await origin.write(toObject('doc', '1'), calm());
      const second = await origin.write(toObject('doc', '2', { ifMatch: first.etag }), calm());
      await expect(origin.write(toObject('doc', '3', { ifMatch: first.etag }), calm())).rejects.toMatchObject(conflict);
      expect(await origin.head('doc', calm())).toMatchObject({ etag: second.etag });
      await origin.write(toObject('doc', '4', { ifMatch: second.etag }), calm());
      expect(await toText(await origin.read('doc', calm()))).toBe('4');
    },
    { gap: 'ifMatch on replace' },
  );

  check(
    suite,
    'the etags of head, read and list serve as ifMatch too',
    async ({ origin }) => {
      await origin.write(toObject('doc', '1'), calm());
      const head = await origin.head('doc', calm());
      await origin.write(toObject('doc', '2', { ifMatch: head?.etag as string }), calm());
      const read = await origin.read('doc', calm());
      await toText(read);
      await origin.write(toObject('doc', '3', { ifMatch: read?.etag as string }), calm());
      for await (const { etag } of origin.list({ prefix: '' }, calm())) {
        await origin.write(toObject('doc', '4', { ifMatch: etag }), calm());
      }
      expect(await toText(await origin.read('doc', calm()))).toBe('4');
    },
    { gap: 'ifMatch on replace' },
  );

  check(
    suite,
    'ifMatch etag on a missing key is a conflict',
    async ({ origin }) => {
      await expect(origin.write(toObject('gone', '1', { ifMatch: never }), calm())).rejects.toMatchObject(conflict);
      const { etag } = await origin.write(toObject('gone', '1'), calm());
      await origin.remove(['gone'], calm());
      await expect(origin.write(toObject('gone', '2', { ifMatch: etag }), calm())).rejects.toMatchObject(conflict);
      expect(await origin.head('gone', calm())).toBeUndefined();
    },
    { gap: 'ifMatch on replace' },
  );

  check(
    suite,
    'of 8 writers that want to be first, one is',
    async ({ origin }) => {
      for (let round = 0; round < 3; round++) await race(origin, `first/${round}`, null);
    },
    { gap: 'one winner on create' },
  );

  check(
    suite,
    'of 8 writers over one etag, one wins',
    async ({ origin }) => {
      for (let round = 0; round < 3; round++) {
        const { etag } = await origin.write(toObject(`turn/${round}`, 'before'), calm());
        await race(origin, `turn/${round}`, etag);
      }
    },
    { gap: 'one winner on replace' },
  );

  check(
    suite,
    'conditions hold for bodies that go up in parts',
    async ({ origin }) => {
      const bytes = noise(suite.known.bigBodyBytes ?? 20 * 2 ** 20);
      const { etag } = await origin.write(toObject('big', bytes, { ifMatch: null }), calm());
      await expect(origin.write(toObject('big', bytes, { ifMatch: null }), calm())).rejects.toMatchObject(conflict);
      await expect(origin.write(toObject('big', bytes, { ifMatch: never }), calm())).rejects.toMatchObject(conflict);
      expect(await origin.head('big', calm())).toMatchObject({ etag });
      await origin.write(toObject('big', noise(bytes.length, 2), { ifMatch: etag }), calm());
    },
    { gap: 'ifMatch on big bodies', timeoutMs: 120_000 },
  );
}

/**
 * Eight writers, one winner, and its bytes stand there. A store may answer a loser with an error of its own making: `unavailable`
 * makes the retry wrapper read back, which finds the winner's bytes.
 */
async function race(origin: Origin, key: string, ifMatch: string | null): Promise<void> {
  const tries = Array.from({ length: 8 }, (_, i) => origin.write(toObject(key, `writer ${i}`, { ifMatch }), calm()));
  const outcomes = await Promise.allSettled(tries);
  const winners = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [i] : []));
  const kinds = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason?.kind] : []));
  expect(winners, kinds.join()).toHaveLength(1);
  for (const kind of kinds) expect(['conflict', 'unavailable']).toContain(kind);
  expect(await toText(await origin.read(key, calm()))).toBe(`writer ${winners[0]}`);
}
