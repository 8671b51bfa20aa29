import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fingerprint, hideHashes, textOf } from './fingerprint-rig.ts';

const hashOf = (text: string) => createHash('md5').update(text).digest('hex').slice(0, 12);

describe('order', () => {
  test('a file is named by its rewritten content, its targets by theirs', async () => {
    const { outputs, paths } = await fingerprint({
      'a.css': '@import "b.css";',
      'b.css': 'b{c:url(x.png)}',
      'x.png': 'x',
    });
    const b = `b{c:url("x.${hashOf('x')}.png")}`;
    const a = `@import url("b.${hashOf(b)}.css");`;
    expect(Object.fromEntries(paths)).toEqual({
      'a.css': `a.${hashOf(a)}.css`,
      'b.css': `b.${hashOf(b)}.css`,
      'x.png': `x.${hashOf('x')}.png`,
    });
    for (const { source, md5, sha256, size } of outputs) {
      if (!('bytes' in source)) continue;
      expect(createHash('md5').update(source.bytes).digest('hex')).toBe(md5);
      expect(createHash('sha256').update(source.bytes).digest('hex')).toBe(sha256);
      expect(source.bytes).toHaveLength(size);
    }
    expect(outputs.map(({ source }) => 'bytes' in source)).toEqual([true, true, false]);
  });

  test('unlike Django, a chain of any length is fine', async () => {
    const files: Record<string, string> = { 'c5000.css': 'end{}' };
    for (let i = 0; i < 5000; i++) files[`c${i}.css`] = `@import "c${i + 1}.css";`;
    const done = await fingerprint(files);
    expect(textOf(done, 'c0.css')).toBe('@import url("c1.H.css");');
  });

  test('a reference with a query gets the hash of what was collected, even in a circle', async () => {
    const text = 'a{b:url(a.css?v)}';
    const done = await fingerprint({ 'a.css': text, 'b.css': '@import "a.css?v";' });
    const output = done.outputs.find(({ path }) => path === 'b.css');
    const rewritten =
      output !== undefined && 'bytes' in output.source ? Buffer.from(output.source.bytes).toString() : '';
    expect(rewritten).toBe(`@import url("a.${hashOf(text)}.css?v");`);
    expect(textOf(done, 'a.css')).toBe('a{b:url("a.H.css?v")}');
  });

  test('paths come deepest first, and sorted from 6.0 on', async () => {
    const files = { 'b.txt': '', 'a.txt': '', 'd/c.txt': '', '\uffff.txt': '', '\u{10000}.txt': '' };
    const list = async (version: string) => [...(await fingerprint(files, { version })).paths.keys()];
    expect(await list('5.2')).toEqual(['d/c.txt', 'b.txt', 'a.txt', '\uffff.txt', '\u{10000}.txt']);
    expect(await list('6.0')).toEqual(['a.txt', 'b.txt', 'd/c.txt', '\uffff.txt', '\u{10000}.txt']);
  });
});

describe('hashed copies in the way of others', () => {
  const taken = `x.${hashOf('x')}.txt`;

  test('a collected file stands for the copy of that name', async () => {
    for (const keepOriginals of [true, false]) {
      const { outputs, paths } = await fingerprint({ 'x.txt': 'x', [taken]: 'other' }, { keepOriginals });
      expect(paths.get('x.txt')).toBe(taken);
      const [found, ...more] = outputs.filter(({ key }) => key === taken);
      expect(found?.size).toBe('other'.length);
      expect(more).toEqual([]);
    }
  });

  test('the copy of a style sheet replaces it', async () => {
    const { outputs } = await fingerprint({ 'a.css': 'a', [`a.${hashOf('a')}.css`]: 'other' }, { keepOriginals: true });
    const found = outputs.filter(({ key }) => key === `a.${hashOf('a')}.css`);
    expect(found.map(({ size, hashed }) => [size, hashed])).toEqual([[1, true]]);
  });

  test('a name written by hand is hashed again, if the file is deeper', async () => {
    const files = { 'd/x.txt': 'x', 'a.css': `a{b:url(d/${taken})}` };
    expect(textOf(await fingerprint(files), 'a.css')).toBe('a{b:url("d/x.H.H.txt")}');
    await expect(fingerprint({ 'x.txt': 'x', 'd/a.css': `a{b:url(../${taken})}` })).rejects.toThrow(taken);
  });
});

describe('outputs', () => {
  test('originals are listed where they are kept', async () => {
    const files = { 'a.css': 'a{b:url(x.png)}', 'x.png': 'x' };
    const list = async (keepOriginals: boolean) =>
      (await fingerprint(files, { keepOriginals })).outputs.map(({ path, key, hashed }) => [
        path,
        hideHashes(key),
        hashed,
      ]);
    const hashed = [
      ['a.css', 'a.H.css', true],
      ['x.png', 'x.H.png', true],
    ];
    expect(await list(false)).toEqual(hashed);
    expect(await list(true)).toEqual([['a.css', 'a.css', false], ['x.png', 'x.png', false], ...hashed]);
  });

  test('Django writes its manifest over a collected staticfiles.json', async () => {
    const { outputs } = await fingerprint({ 'staticfiles.json': 'mine' }, { keepOriginals: true });
    expect(outputs.map(({ key }) => hideHashes(key))).toEqual(['staticfiles.H.json']);
  });

  test('files with equal hashed names are stored once', async () => {
    const { outputs, paths } = await fingerprint({ 'a b.txt': 'x', 'a%20b.txt': 'x' });
    expect(outputs.map(({ key }) => hideHashes(key))).toEqual(['a b.H.txt']);
    expect(new Set(paths.values()).size).toBe(1);
    expect(paths.size).toBe(2);
  });

  test('files larger than the buffer', async () => {
    const large = 'x'.repeat(3 * 1024 * 1024);
    const done = await fingerprint({ 'a.css': `/* ${large} */ a{b:url(l.bin)}`, 'l.bin': large });
    expect(done.paths.get('l.bin')).toBe(`l.${hashOf(large)}.bin`);
    expect(textOf(done, 'a.css').endsWith('a{b:url("l.H.bin")}')).toBe(true);
  });
});

test('an aborted run rejects with the reason', async () => {
  const reason = new Error('stop');
  await expect(fingerprint({ 'a.css': '' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('progress ends at all files and bytes', async () => {
  const seen: unknown[] = [];
  await fingerprint({ 'a.css': 'abc', 'b.txt': 'de' }, { onProgress: (done) => seen.push(done) });
  expect(seen.at(-1)).toEqual({ files: 2, bytes: 5 });
});
