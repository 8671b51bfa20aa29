import { expect } from 'vitest';
import { compareUtf8 } from '../../src/byte-order.ts';
import type { KeyRange, Origin } from '../../src/provider/contract.ts';
import { calm, collect, inParallel, toObject } from './body.ts';
import { check } from './gap.ts';
import type { Suite } from './origin.ts';

/** `/` sorts between `.` and `0`, so a walk over folders that sorts names gets these wrong. */
const neighbours = ['dir-x', 'dir.x', 'dir/a', 'dir/b/c', 'dir/b0', 'dir0x', 'A', 'Z', 'a', '~last'];
/** U+FFFD and U+E000 come before every character beyond U+FFFF in UTF-8, and after them in UTF-16. */
const beyond = ['u/\u{1F600}', 'u/\uFFFD', 'u/\uE000', 'u/\u{10FFFD}', 'u/z', 'u/é'];

export function describeListing(suite: Suite): void {
  check(suite, 'an empty prefix lists nothing', async ({ origin }) => {
    expect(await list(origin, {})).toEqual([]);
    expect(await list(origin, { prefix: 'nothing/here' })).toEqual([]);
  });

  check(suite, 'UTF-8 byte order, each key once, sizes and etags as head says', async ({ origin }) => {
    const keys = [...neighbours, ...beyond];
    await putAll(origin, keys);
    expect(await list(origin, {})).toEqual([...keys].sort(compareUtf8));
    for (const object of await collect(origin.list({ prefix: 'dir' }, calm()))) {
      const head = await origin.head(object.key, calm());
      expect(object).toEqual({ key: object.key, size: head?.size, etag: head?.etag });
      expect(object.etag).not.toMatch(/^W\/|^"|"$/);
    }
  });

  check(suite, 'prefixes are of characters, not of folders', async ({ origin }) => {
    await putAll(origin, neighbours);
    for (const prefix of ['dir', 'dir/', 'dir/b', 'dir/b/', 'd', 'Z', 'dir0xx']) {
      expect(await list(origin, { prefix }), prefix).toEqual(only(neighbours, { prefix }));
    }
  });

  check(suite, 'ranges are (after, until] and combine with prefixes', async ({ origin }) => {
    const keys = [...neighbours, ...beyond];
    await putAll(origin, keys);
    const ends = [undefined, 'A', 'Zz', 'dir', 'dir/b', 'dir/b/c', 'dir0', 'u/\uFFFD', 'u/\u{1F600}', '~last', '~~'];
    const ranges = ['', 'dir/', 'u/'].flatMap((prefix) =>
      ends.flatMap((after) => ends.map((until) => toRange(prefix, after, until))),
    );
    await inParallel(ranges, 8, async (range) => {
      expect(await list(origin, range), JSON.stringify(range)).toEqual(only(keys, range));
    });
  });

  check(suite, 'state under .waybill/ is listed like all else, and nothing besides', async ({ origin }) => {
    const state = ['.waybill/live', '.waybill/versions/1', '.waybill/objects/00ff'];
    await putAll(origin, [...state, 'a.css']);
    expect(await list(origin, {})).toEqual([...state, 'a.css'].sort(compareUtf8));
    expect(await list(origin, { prefix: '.waybill/versions/' })).toEqual(['.waybill/versions/1']);
  });

  const last = suite.known.manyKeys ?? 2100;
  check(
    suite,
    `trap 10: 999, 1000, 1001 and ${last} keys are listed whole`,
    async ({ origin }) => {
      const all = Array.from({ length: last }, (_, i) => `many/${String(i).padStart(5, '0')}`);
      let there = 0;
      for (const count of [999, 1000, 1001, last].filter((count) => count <= last)) {
        await putAll(origin, all.slice(there, count));
        there = count;
        expect(await list(origin, { prefix: 'many/' })).toEqual(all.slice(0, count));
      }
      const after = all[10] as string;
      const until = all[last - 5] as string;
      expect(await list(origin, { prefix: 'many/', after, until })).toEqual(all.slice(11, last - 4));
      expect(await list(origin, { prefix: 'many/', after: all[1] as string, until: all[3] as string })).toHaveLength(2);
    },
    { timeoutMs: 120_000 },
  );

  check(suite, 'a listing that is left early, or aborted, ends', async ({ origin }) => {
    await putAll(origin, neighbours);
    for await (const object of origin.list({ prefix: '' }, calm())) {
      expect(object.key).toBe('A');
      break;
    }
    const reason = new Error('enough');
    await expect(collect(origin.list({ prefix: '' }, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  });
}

async function putAll(origin: Origin, keys: readonly string[]): Promise<void> {
  await inParallel(keys, 16, (key) => origin.write(toObject(key, key), calm()));
}

async function list(origin: Origin, range: Partial<KeyRange>): Promise<string[]> {
  const objects = await collect(origin.list({ prefix: '', ...range }, calm()));
  return objects.map(({ key }) => key);
}

function toRange(prefix: string, after: string | undefined, until: string | undefined): KeyRange {
  return { prefix, ...(after === undefined ? {} : { after }), ...(until === undefined ? {} : { until }) };
}

function only(keys: readonly string[], { prefix, after, until }: KeyRange): string[] {
  return keys
    .filter((key) => key.startsWith(prefix))
    .filter((key) => after === undefined || compareUtf8(key, after) > 0)
    .filter((key) => until === undefined || compareUtf8(key, until) <= 0)
    .sort(compareUtf8);
}
