import { createHash } from 'node:crypto';
import { appendFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestBufferBytes, digestFile } from '../../../src/collect/file-digest.ts';
import { Pacer } from '../../../src/collect/pacer.ts';
import type { Asset } from '../../../src/model.ts';
import { makeTree } from '../../temp.ts';
import { collectFrom } from './sources.ts';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (size: number) => Buffer.alloc(size, 'The quick brown fox. ');

async function only(root: string): Promise<Asset> {
  const { assets } = await collectFrom(root);
  const [asset] = assets;
  if (asset === undefined) throw new Error('nothing collected');
  return asset;
}

async function chunksOf(asset: Asset, size: number): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of asset.body.chunks(size)) chunks.push(Buffer.from(chunk));
  return chunks;
}

describe('collect', () => {
  it('tells path, key, size, sha256, class and headers of each file', async () => {
    const asset = await only(makeTree({ 'app-5WLTJH4U.js': 'let a' }));
    expect(asset).toMatchObject({
      path: 'app-5WLTJH4U.js',
      key: 'app-5WLTJH4U.js',
      size: 5,
      sha256: sha256('let a'),
      class: 'immutable',
    });
    expect(asset.headers).toEqual({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
  });

  it('tells a video segment from TypeScript by its bytes', async () => {
    const segment = Buffer.alloc(376);
    segment[0] = 0x47;
    segment[188] = 0x47;
    const { assets } = await collectFrom(makeTree({ 'a.ts': 'Great: string', 'b.ts': segment }));
    expect(assets.map(({ headers }) => headers['content-type'])).toEqual(['text/plain; charset=utf-8', 'video/mp2t']);
  });

  it('reports progress up to the end', async () => {
    const seen: { files: number; bytes: number }[] = [];
    await collectFrom(makeTree(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}.txt`, 'abc']))), {
      onProgress: (done) => seen.push(done),
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ files: 200, bytes: 600 });
  });

  it('lets timers run and honours the signal', async () => {
    const root = makeTree(
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.bin`, bytesOf(2 * digestBufferBytes)])),
    );
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new Error('enough')), 1);
    await expect(collectFrom(root, { signal: abort.signal })).rejects.toThrow('enough');
    clearTimeout(timer);
    await expect(collectFrom(root, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });
});

describe('many small files', () => {
  it('an abort between two of them ends the collection', async () => {
    const root = makeTree(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}.txt`, 'abc'])));
    const abort = new AbortController();
    const onProgress = () => abort.abort(new Error('enough'));
    await expect(collectFrom(root, { signal: abort.signal, onProgress })).rejects.toThrow('enough');
  });
});

describe('digestFile', () => {
  const pacer = () => new Pacer(new AbortController().signal);

  it.each([0, 1, digestBufferBytes - 1, digestBufferBytes, digestBufferBytes + 1, 5 * digestBufferBytes + 7])(
    '%d bytes',
    async (size) => {
      const root = makeTree({ x: bytesOf(size) });
      const buffer = Buffer.allocUnsafe(digestBufferBytes);
      expect(await digestFile(join(root, 'x'), 'x', buffer, pacer())).toMatchObject({
        size,
        sha256: sha256(bytesOf(size)),
      });
    },
  );

  it.each([
    ['grows', (file: string) => appendFileSync(file, bytesOf(8 * digestBufferBytes))],
    ['shrinks', (file: string) => truncateSync(file, digestBufferBytes)],
  ])('a large file that %s meanwhile is SOURCE_CHANGED', async (_, change) => {
    const file = join(makeTree({ x: bytesOf(12 * digestBufferBytes) }), 'x');
    const digest = digestFile(file, 'dist/x', Buffer.allocUnsafe(digestBufferBytes), pacer());
    change(file);
    await expect(digest).rejects.toMatchObject({ code: 'SOURCE_CHANGED', message: expect.stringContaining('dist/x') });
  });

  it('trap 11: a link that took the place of the file is not followed', async () => {
    const root = makeTree({ secret: 's' });
    symlinkSync('secret', join(root, 'x'));
    await expect(digestFile(join(root, 'x'), 'x', Buffer.alloc(9), pacer())).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
    });
  });
});

describe('body', () => {
  it.each([0, 1, 1000, 300_000, 2_500_000])(
    '%d bytes come back, whole and in chunks, as often as asked',
    async (size) => {
      const asset = await only(makeTree({ x: bytesOf(size) }));
      for (let round = 0; round < 2; round++) {
        expect(sha256(await asset.body.bytes())).toBe(asset.sha256);
        const chunks = await chunksOf(asset, 1000);
        expect(sha256(Buffer.concat(chunks))).toBe(asset.sha256);
        expect(chunks.slice(0, -1).every((chunk) => chunk.length === 1000)).toBe(true);
        expect(chunks.length).toBe(Math.ceil(size / 1000));
      }
    },
  );

  it('chunks are buffers of their own', async () => {
    const asset = await only(makeTree({ x: 'aabb' }));
    const chunks: Uint8Array[] = [];
    for await (const chunk of asset.body.chunks(2)) chunks.push(chunk);
    expect(chunks.map((chunk) => Buffer.from(chunk).toString())).toEqual(['aa', 'bb']);
  });

  const changes: [string, (file: string) => void][] = [
    ['other bytes of the same size', (file) => writeFileSync(file, Buffer.alloc(300_000, 'x'))],
    ['more bytes', (file) => appendFileSync(file, 'x')],
    ['fewer bytes', (file) => truncateSync(file, 299_999)],
    ['no file', (file) => rmSync(file)],
    [
      'a link',
      (file) => {
        rmSync(file);
        symlinkSync('/dev/null', file);
      },
    ],
  ];
  it.each(changes)('%s is SOURCE_CHANGED before the last chunk, naming the file', async (_, change) => {
    const root = makeTree({ 'sub/x.bin': bytesOf(300_000), 'y.bin': bytesOf(300) });
    const { assets } = await collectFrom(root);
    const large = assets[0];
    change(join(root, 'sub/x.bin'));
    const changed = { code: 'SOURCE_CHANGED', exitCode: 5, message: expect.stringContaining('dist/sub/x.bin') };
    await expect(large?.body.bytes()).rejects.toMatchObject(changed);
    let received = 0;
    const read = async () => {
      for await (const chunk of large?.body.chunks(1000) ?? []) received += chunk.length;
    };
    await expect(read()).rejects.toMatchObject(changed);
    expect(received).toBeLessThan(300_000);
  });

  it('trap 8: an edit of the same size and time is noticed', async () => {
    const root = makeTree({ 'x.css': 'red' });
    const file = join(root, 'x.css');
    const then = new Date(1_700_000_000_000);
    utimesSync(file, then, then);
    const before = await only(root);
    writeFileSync(file, 'tan');
    utimesSync(file, then, then);
    expect((await only(root)).sha256).toBe(sha256('tan'));
    await expect(before.body.bytes()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('a file handle is given back when the reader stops early', async () => {
    const asset = await only(makeTree({ x: bytesOf(5000) }));
    for (let round = 0; round < 3000; round++) {
      for await (const chunk of asset.body.chunks(1000)) {
        expect(chunk.length).toBe(1000);
        break;
      }
    }
  });
});
