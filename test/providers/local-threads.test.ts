import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { localOrigin } from '../../providers/local/index.ts';
import { FileBody } from '../../src/collect/file-body.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { calm, collect, cssHeaders, sha256Of } from '../contract/body.ts';
import { makeTree } from '../temp.ts';

const repository = join(import.meta.dirname, '../..');

/** The provider as it is built, beside what it runs in threads. */
async function openBuilt(directory: string): Promise<Origin> {
  const folder = makeTree({ 'package.json': '{"type":"module"}' });
  const parts = { index: 'chunks/local.js', 'list-thread': '', 'write-thread': '' };
  for (const [name, out] of Object.entries(parts)) {
    await build({
      entryPoints: [join(repository, `providers/local/${name}.ts`)],
      outfile: join(folder, out || `providers/local/${name}.js`),
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
  }
  const built: { localOrigin: typeof localOrigin } = await import(pathToFileURL(join(folder, 'chunks/local.js')).href);
  const options = built.localOrigin.parse({ directory: 'cdn' }, '');
  const origin = await built.localOrigin.open(options, { env: {}, directory });
  onTestFinished(() => origin.close?.());
  return origin;
}

const count = 1200;
/** Every hundredth is larger than what is copied in one piece. */
const textOf = (index: number) => `body ${index} `.repeat(index % 100 === 99 ? 70_000 : 1 + (index % 50));

/** Writes many files, with what `spoil` does to the sources half-way; gives what each write came to. */
async function writeMany(directory: string, origin: Origin, spoil = (_source: string) => {}) {
  const names = Array.from({ length: count }, (_, index) => `d${index % 7}/f${index}.css`);
  const bodies = names.map((name, index) => {
    const text = textOf(index);
    writeFileSync(join(directory, `s${index}`), text);
    return new FileBody(join(directory, `s${index}`), name, { size: text.length, sha256: sha256Of(Buffer.from(text)) });
  });
  const outcomes: PromiseSettledResult<{ etag: string }>[] = [];
  for (let start = 0; start < count; start += 60) {
    // By then the thread is there.
    if (start === 900) spoil(directory);
    const batch = names.slice(start, start + 60).map((key, index) => {
      const body = bodies[start + index] as FileBody;
      const { sha256, size } = body;
      return origin.write(
        { key, sha256, size, headers: cssHeaders, visibility: 'public', ifMatch: null, body },
        calm(),
      );
    });
    outcomes.push(...(await Promise.allSettled(batch)));
  }
  return { names, outcomes };
}

describe('a second thread', () => {
  test('writes what this one would, and lists it', async () => {
    const directory = makeTree();
    const origin = await openBuilt(directory);
    const { names, outcomes } = await writeMany(directory, origin);
    const etags = outcomes.map((one) => (one.status === 'fulfilled' ? one.value.etag : 'failed'));
    const listed = await collect(origin.list({ prefix: '' }, calm()));
    const expected = names.map((key, index) => ({ key, size: textOf(index).length, etag: etags[index] }));
    expect(listed).toEqual(expected.sort((a, b) => (a.key < b.key ? -1 : 1)));
    for (const [index, key] of names.entries()) {
      expect(readFileSync(join(directory, 'cdn', key), 'utf8')).toBe(textOf(index));
    }
    expect(await origin.head('d0/f1197.css', calm())).toMatchObject({ headers: cssHeaders });
  });

  test('a file that changed since it was hashed is SOURCE_CHANGED, and never in place', async () => {
    const directory = makeTree();
    const origin = await openBuilt(directory);
    const spoil = () => {
      writeFileSync(join(directory, 's1000'), 'other');
      writeFileSync(join(directory, 's1099'), textOf(1099).replace('body', 'bode'));
    };
    const { outcomes } = await writeMany(directory, origin, spoil);
    const failed = outcomes.flatMap((one, index) => (one.status === 'rejected' ? [{ index, ...one }] : []));
    const reason = expect.objectContaining({ code: 'SOURCE_CHANGED' });
    expect(failed).toEqual([1000, 1099].map((index) => expect.objectContaining({ index, reason })));
    expect(await collect(origin.list({ prefix: '' }, calm()))).toHaveLength(count - 2);
  });
});
