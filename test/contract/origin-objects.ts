import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { skipBecause } from '../skip.ts';
import {
  calm,
  collect,
  cssHeaders,
  noise,
  sha256Of,
  toBody,
  toBytes,
  toChangedBody,
  toObject,
  toText,
} from './body.ts';
import { check } from './gap.ts';
import type { Suite } from './origin.ts';

export function describeObjects(suite: Suite): void {
  const bigBodyBytes = suite.known.bigBodyBytes ?? 20 * 2 ** 20 + 3;

  check(suite, 'a missing key is undefined for read and head', async ({ origin }) => {
    expect(await origin.read('nowhere/to/be/found', calm())).toBeUndefined();
    expect(await origin.head('nowhere/to/be/found', calm())).toBeUndefined();
  });

  check(suite, 'what was written is read back with size, etag, age and sha256', async ({ origin }) => {
    const written = await origin.write(toObject('a.css', 'body{}'), calm());
    expect(written.etag).toMatch(/^[^"\s]+$/);
    const stored = await origin.read('a.css', calm());
    expect(stored).toMatchObject({ size: 6, etag: written.etag });
    expect(await toText(stored)).toBe('body{}');
    expect(await origin.head('a.css', calm())).toEqual({
      key: 'a.css',
      size: 6,
      etag: written.etag,
      sha256: toBody('body{}').sha256,
      headers: cssHeaders,
    });
  });

  check(suite, 'an empty body', async ({ origin }) => {
    const { etag } = await origin.write(toObject('empty.txt', ''), calm());
    expect(await origin.head('empty.txt', calm())).toMatchObject({ size: 0, etag, sha256: sha256Of(new Uint8Array()) });
    expect(await toBytes(await origin.read('empty.txt', calm()))).toHaveLength(0);
    expect(await collect(origin.list({ prefix: '' }, calm()))).toEqual([{ key: 'empty.txt', size: 0, etag }]);
  });

  check(suite, 'every byte survives, and headers with it', async ({ origin }) => {
    const bytes = Uint8Array.from({ length: 256 * 300 }, (_, i) => i & 255);
    const headers = {
      'cache-control': 'public, max-age=31536000, immutable',
      'content-disposition': `attachment; filename="a b.js"; filename*=UTF-8''%C5%BElu%C5%A5.js`,
      'content-encoding': 'gzip',
      'content-language': 'cs, en',
      'content-type': 'text/javascript; charset=utf-8',
    };
    await origin.write(toObject('all.bin', bytes, { headers }), calm());
    expect((await origin.head('all.bin', calm()))?.headers).toEqual(headers);
    expect(Buffer.compare(await toBytes(await origin.read('all.bin', calm())), bytes)).toBe(0);
  });

  check(suite, 'x-amz-meta-* headers are kept', async ({ origin }) => {
    await origin.write(
      toObject('m.css', 'm', { headers: { ...cssHeaders, 'x-amz-meta-surrogate-key': 'a b' } }),
      calm(),
    );
    expect((await origin.head('m.css', calm()))?.headers).toEqual({ ...cssHeaders, 'x-amz-meta-surrogate-key': 'a b' });
  });

  check(
    suite,
    'a header value outside ASCII is kept or refused, never mangled',
    async ({ origin }) => {
      const headers = { ...cssHeaders, 'content-disposition': 'attachment; filename="žluť.js"' };
      const written = await origin.write(toObject('n.js', 'n', { headers }), calm()).catch((error: unknown) => error);
      const head = await origin.head('n.js', calm());
      if (written instanceof Error) {
        expect(written).toMatchObject({ kind: 'rejected', message: expect.stringContaining('content-disposition') });
        expect(head).toBeUndefined();
      } else {
        expect(head?.headers).toEqual(headers);
      }
    },
    { gap: 'non-ASCII headers' },
  );

  check(suite, 'an overwrite replaces body, headers, sha256 and etag as a whole', async ({ origin }) => {
    const before = await origin.write(
      toObject('a', 'one', { headers: { 'content-type': 'text/plain', 'content-language': 'en' } }),
      calm(),
    );
    // An emulator numbers what is written by the millisecond.
    await sleep(2);
    const after = await origin.write(
      toObject('a', 'two', { headers: { 'cache-control': 'no-store', 'content-type': 'text/css' } }),
      calm(),
    );
    expect(after.etag).not.toBe(before.etag);
    expect(await origin.head('a', calm())).toEqual({
      key: 'a',
      size: 3,
      etag: after.etag,
      sha256: toBody('two').sha256,
      headers: { 'cache-control': 'no-store', 'content-type': 'text/css' },
    });
    expect(await toText(await origin.read('a', calm()))).toBe('two');
  });

  check(suite, 'objects of others have no sha256 unless it is proven', async ({ origin, foreign }, context) => {
    if (!foreign) return skipBecause(context, 'the suite was not told how others write');
    await foreign('theirs.txt', new TextEncoder().encode('theirs'));
    const head = await origin.head('theirs.txt', calm());
    expect(head).toMatchObject({ key: 'theirs.txt', size: 6 });
    expect([undefined, toBody('theirs').sha256]).toContain(head?.sha256);
    expect(await toText(await origin.read('theirs.txt', calm()))).toBe('theirs');
    expect(await collect(origin.list({ prefix: 'theirs' }, calm()))).toHaveLength(1);
  });

  check(suite, 'private objects are never public', async ({ origin, isPublic }, context) => {
    if (!isPublic) return skipBecause(context, 'the store has no visibility of single objects');
    await origin.write(toObject('seen', '1'), calm());
    await origin.write(toObject('.waybill/live', '2', { visibility: 'private' }), calm());
    const { etag } = await origin.write(toObject('turned', '3'), calm());
    await origin.copy({ key: 'turned', etag }, toObject('.waybill/objects/3', '3', { visibility: 'private' }), calm());
    expect([await isPublic('seen'), await isPublic('.waybill/live')]).toEqual([true, false]);
    expect([await isPublic('turned'), await isPublic('.waybill/objects/3')]).toEqual([true, false]);
  });

  check(suite, 'ageMs is the time since the write, by the origin’s clock', async ({ origin }) => {
    await origin.write(toObject('aged', '1'), calm());
    // HTTP dates count whole seconds.
    await sleep(1100);
    const young = await origin.read('aged', calm());
    await toBytes(young);
    expect(young?.ageMs).toBeGreaterThanOrEqual(100);
    expect(young?.ageMs).toBeLessThan(20_000);
  });

  check(
    suite,
    'a big body goes up whole, counted as it goes',
    async ({ origin }) => {
      const bytes = noise(bigBodyBytes);
      let counted = 0;
      const onBytes = (count: number) => {
        counted += count;
      };
      const call = { ...calm(), onBytes };
      const { etag } = await origin.write(toObject('big.bin', bytes), call);
      expect(counted).toBe(bytes.length);
      expect(await origin.head('big.bin', calm())).toMatchObject({ size: bytes.length, etag, sha256: sha256Of(bytes) });
      expect(sha256Of(await toBytes(await origin.read('big.bin', calm())))).toBe(sha256Of(bytes));
      expect((await collect(origin.list({ prefix: 'big' }, calm())))[0]).toMatchObject({ etag });
    },
    { timeoutMs: 120_000 },
  );

  for (const [what, size] of [
    ['small', 5000],
    ['big', bigBodyBytes],
  ] as const) {
    check(
      suite,
      `a ${what} body that changed meanwhile is SOURCE_CHANGED; the old object stays`,
      async ({ origin }) => {
        const changed = toObject('a.bin', '', { body: toChangedBody(size) });
        await expect(origin.write(changed, calm())).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
        expect(await origin.head('a.bin', calm())).toBeUndefined();
        const { etag } = await origin.write(toObject('a.bin', 'old'), calm());
        await expect(origin.write(changed, calm())).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
        expect(await origin.head('a.bin', calm())).toMatchObject({ etag, size: 3 });
        expect(await toText(await origin.read('a.bin', calm()))).toBe('old');
        expect(await collect(origin.list({ prefix: '' }, calm()))).toHaveLength(1);
      },
    );
  }

  check(suite, 'an aborted call rejects with the reason and leaves nothing half done', async ({ origin }) => {
    const reason = new Error('stop');
    const aborted = { signal: AbortSignal.abort(reason) };
    await expect(origin.write(toObject('a', '1'), aborted)).rejects.toBe(reason);
    await expect(origin.read('a', aborted)).rejects.toBe(reason);
    await expect(origin.head('a', aborted)).rejects.toBe(reason);
    await expect(origin.remove(['a'], aborted)).rejects.toBe(reason);
    await expect(origin.copy({ key: 'a', etag: 'x' }, toObject('b', '1'), aborted)).rejects.toBe(reason);
    const controller = new AbortController();
    const body = toBody(noise(bigBodyBytes));
    const cut = {
      ...body,
      async *chunks(sizeBytes: number) {
        for await (const chunk of body.chunks(sizeBytes)) {
          yield chunk;
          controller.abort(reason);
        }
      },
    };
    const half = origin.write(toObject('half', '', { body: cut }), { signal: controller.signal });
    const outcome = await half.then(
      () => 'written',
      (error: unknown) => error,
    );
    if (controller.signal.aborted) expect(outcome).toBe(reason);
    expect(await origin.head('half', calm())).toEqual(outcome === reason ? undefined : expect.anything());
  });

  check(suite, 'remove takes many keys, and missing ones', async ({ origin }) => {
    for (const key of ['r/1', 'r/2', 'r/3', 'keep']) await origin.write(toObject(key, key), calm());
    await origin.remove(['r/1', 'r/2', 'never/was', 'r/3'], calm());
    await origin.remove([], calm());
    await origin.remove(['r/1'], calm());
    expect((await collect(origin.list({ prefix: '' }, calm()))).map(({ key }) => key)).toEqual(['keep']);
    expect(await origin.head('r/1', calm())).toBeUndefined();
  });
}
