import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { CopyPlace, Origin } from '../../src/provider/contract.ts';
import { skipBecause } from '../skip.ts';
import { calm, cssHeaders, noise, sha256Of, toBody, toBytes, toObject, toText } from './body.ts';
import { check } from './gap.ts';
import type { Suite } from './origin.ts';

const never = '00000000000000000000000000000000';
const plain = { 'cache-control': 'no-store', 'content-type': 'text/plain' };

export function describeCopies(suite: Suite): void {
  check(suite, 'a copy has the same bytes and the headers it was given', async ({ origin }) => {
    const headers = { ...cssHeaders, 'content-encoding': 'gzip', 'content-language': 'en' };
    const { etag } = await origin.write(toObject('from', 'bytes', { headers }), calm());
    const copy = await origin.copy({ key: 'from', etag }, toObject('to/there', 'bytes', { headers: plain }), calm());
    expect(await origin.head('to/there', calm())).toEqual({
      key: 'to/there',
      size: 5,
      etag: copy.etag,
      sha256: toBody('bytes').sha256,
      headers: plain,
    });
    expect(await toText(await origin.read('to/there', calm()))).toBe('bytes');
    expect(await origin.head('from', calm())).toMatchObject({ etag, headers });
  });

  check(suite, 'a copy onto itself changes headers only', async ({ origin }) => {
    const { etag } = await origin.write(toObject('self', 'bytes'), calm());
    const copy = await origin.copy({ key: 'self', etag }, toObject('self', 'bytes', { headers: plain }), calm());
    expect(await origin.head('self', calm())).toEqual({
      key: 'self',
      size: 5,
      etag: copy.etag,
      sha256: toBody('bytes').sha256,
      headers: plain,
    });
    expect(await toText(await origin.read('self', calm()))).toBe('bytes');
  });

  check(suite, 'a copy replaces what stood at the target', async ({ origin }) => {
    const { etag } = await origin.write(toObject('from', 'new'), calm());
    const old = await origin.write(toObject('to', 'old', { headers: { ...plain, 'content-language': 'en' } }), calm());
    // An emulator numbers what is written by the millisecond.
    await sleep(2);
    const copy = await origin.copy({ key: 'from', etag }, toObject('to', 'new'), calm());
    expect(copy.etag).not.toBe(old.etag);
    expect(await origin.head('to', calm())).toMatchObject({ headers: cssHeaders, sha256: toBody('new').sha256 });
    expect(await toText(await origin.read('to', calm()))).toBe('new');
  });

  check(suite, 'the source of a copy is gone: missing', async ({ origin }) => {
    const copy = origin.copy({ key: 'nowhere', etag: never }, toObject('to', 'x'), calm());
    await expect(copy).rejects.toMatchObject({ kind: 'missing', message: expect.stringContaining('nowhere') });
    expect(await origin.head('to', calm())).toBeUndefined();
  });

  check(
    suite,
    'the source of a copy has another etag: conflict, and nothing is copied',
    async ({ origin }) => {
      const { etag } = await origin.write(toObject('from', 'one'), calm());
      await origin.write(toObject('from', 'two'), calm());
      await expect(origin.copy({ key: 'from', etag }, toObject('to', 'one'), calm())).rejects.toMatchObject({
        kind: 'conflict',
      });
      expect(await origin.head('to', calm())).toBeUndefined();
      await expect(origin.copy({ key: 'from', etag }, toObject('from', 'one'), calm())).rejects.toMatchObject({
        kind: 'conflict',
      });
      expect(await origin.head('from', calm())).toMatchObject({ headers: cssHeaders, sha256: toBody('two').sha256 });
    },
    { gap: 'source etag on copy' },
  );

  check(
    suite,
    'ifMatch holds for the target of a copy',
    async ({ origin }) => {
      const { etag } = await origin.write(toObject('from', 'one'), calm());
      const from = { key: 'from', etag };
      const first = await origin.copy(from, toObject('to', 'one', { ifMatch: null }), calm());
      await expect(origin.copy(from, toObject('to', 'one', { ifMatch: null }), calm())).rejects.toMatchObject({
        kind: 'conflict',
      });
      await expect(origin.copy(from, toObject('to', 'one', { ifMatch: never }), calm())).rejects.toMatchObject({
        kind: 'conflict',
      });
      await origin.copy(from, toObject('to', 'one', { ifMatch: first.etag, headers: plain }), calm());
      expect((await origin.head('to', calm()))?.headers).toEqual(plain);
    },
    { gap: 'ifMatch on copy' },
  );

  check(suite, 'a copy comes from another place of the realm, under its etag', async (opened, context) => {
    const { origin, neighbour } = opened;
    if (!origin.traits.copyPlace) skipBecause(context, 'this origin streams from other places');
    const other = (await neighbour?.()) as Origin;
    const place = other.traits.copyPlace as CopyPlace;
    expect(place.realm).toBe(origin.traits.copyPlace.realm);
    const { etag } = await other.write(toObject('there/a b', 'bytes'), calm());
    const from = { key: 'there/a b', etag, place };
    const copy = await origin.copy(from, toObject('here', 'bytes', { headers: plain, ifMatch: null }), calm());
    expect(await origin.head('here', calm())).toMatchObject({ etag: copy.etag, headers: plain });
    expect(await toText(await origin.read('here', calm()))).toBe('bytes');
    await expect(origin.copy({ ...from, key: 'nowhere' }, toObject('x', 'bytes'), calm())).rejects.toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('nowhere'),
    });
    if (suite.known.gaps?.['source etag on copy'] === undefined) {
      await expect(origin.copy({ ...from, etag: never }, toObject('x', 'bytes'), calm())).rejects.toMatchObject({
        kind: 'conflict',
      });
    }
    expect(await origin.head('x', calm())).toBeUndefined();
    expect(await origin.head('there/a b', calm())).toBeUndefined();
    await other.close?.();
  });

  check(
    suite,
    'a big object is copied with all its bytes',
    async ({ origin }) => {
      const bytes = noise(suite.known.bigBodyBytes ?? 20 * 2 ** 20 + 3);
      const { etag } = await origin.write(toObject('big', bytes), calm());
      await origin.copy({ key: 'big', etag }, toObject('big copy', bytes, { headers: plain }), calm());
      expect(await origin.head('big copy', calm())).toMatchObject({
        size: bytes.length,
        headers: plain,
        sha256: sha256Of(bytes),
      });
      expect(sha256Of(await toBytes(await origin.read('big copy', calm())))).toBe(sha256Of(bytes));
      await origin.copy({ key: 'big', etag }, toObject('big', bytes, { headers: plain }), calm());
      expect(sha256Of(await toBytes(await origin.read('big', calm())))).toBe(sha256Of(bytes));
    },
    { timeoutMs: 120_000 },
  );
}
