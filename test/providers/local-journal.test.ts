import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { calm, cssHeaders, toBody, toObject } from '../contract/body.ts';
import { makeTree } from '../temp.ts';
import { openLocal, own } from './local-open.ts';

const lines = (directory: string) => readFileSync(own(directory, 'objects.jsonl'), 'utf8').trimEnd().split('\n');
const plain = { 'content-type': 'text/plain' };

describe('the journal of headers and digests', () => {
  test('has one line for a set of headers and one for each write', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    for (let i = 0; i < 5; i++) await origin.write(toObject(`a/${i}`, 'x'), calm());
    await origin.write(toObject('b', 'x', { headers: plain }), calm());
    const [head, ...rest] = lines(directory).map((line) => JSON.parse(line));
    expect(head).toEqual({ waybill: 'local', format: 1, generation: expect.any(String) });
    expect(rest.filter((line) => 'v' in line).map((line) => line.v)).toEqual([cssHeaders, plain]);
    expect(rest.filter((line) => 'k' in line).map((line) => line.k)).toEqual(['a/0', 'a/1', 'a/2', 'a/3', 'a/4', 'b']);
  });

  test('writes that are ready together share an append', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    await Promise.all(Array.from({ length: 50 }, (_, i) => origin.write(toObject(`a/${i}`, 'x'), calm())));
    expect(lines(directory)).toHaveLength(52);
    const heads = await Promise.all(Array.from({ length: 50 }, (_, i) => origin.head(`a/${i}`, calm())));
    expect(heads.every((head) => head?.headers['content-type'] === cssHeaders['content-type'])).toBe(true);
  });

  test('writes of one key that are ready together happen one after the other', async () => {
    const origin = openLocal(makeTree());
    const { etag } = await origin.write(toObject('a', '0'), calm());
    const writes = ['1', '2', '3'].map((text) => origin.write(toObject('a', text, { ifMatch: etag }), calm()));
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(await origin.head('a', calm())).toMatchObject({ sha256: toBody('1').sha256 });
  });

  test('is followed by those who opened the folder before', async () => {
    const directory = makeTree();
    const [writer, reader] = [openLocal(directory), openLocal(directory)];
    for (const headers of [plain, cssHeaders]) {
      await writer.write(toObject('a', 'x', { headers }), calm());
      expect((await reader.head('a', calm()))?.headers).toEqual(headers);
    }
  });

  test('a torn last line is ignored, and repaired by the next write', async () => {
    const directory = makeTree();
    await openLocal(directory).write(toObject('a', '1'), calm());
    appendFileSync(own(directory, 'objects.jsonl'), '{"k":"a","e":"torn');
    const origin = openLocal(directory);
    expect((await origin.head('a', calm()))?.headers).toEqual(cssHeaders);
    await origin.write(toObject('b', '2', { headers: plain }), calm());
    const fresh = openLocal(directory);
    expect((await fresh.head('a', calm()))?.headers).toEqual(cssHeaders);
    expect((await fresh.head('b', calm()))?.headers).toEqual(plain);
  });

  test('a record whose file was never put in place does not hide the one that counts', async () => {
    const directory = makeTree();
    await openLocal(directory).write(toObject('a', '1'), calm());
    const h = JSON.parse(lines(directory).at(-1) ?? '').h;
    for (let crash = 0; crash < 5; crash++) {
      const record = { k: 'a', e: `never-${crash}`, s: toBody('2').sha256, h };
      appendFileSync(own(directory, 'objects.jsonl'), `${JSON.stringify(record)}\n`);
    }
    const expected = { sha256: toBody('1').sha256, headers: cssHeaders };
    expect(await openLocal(directory).head('a', calm())).toMatchObject(expected);
    expect(openLocal(directory).serving.head('a')?.headers).toEqual(cssHeaders);
  });

  test('lines that make no sense cost nothing but themselves', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    await origin.write(toObject('a', '1'), calm());
    const odd = [
      '',
      'null',
      '[]',
      '{"k":1}',
      '{"h":"x","v":{"a":1}}',
      '{"k":"a/../b","e":"1","s":"2","h":"3"}',
      'rubbish',
    ];
    appendFileSync(own(directory, 'objects.jsonl'), `${[...odd, ...odd].join('\n')}\n`);
    expect((await openLocal(directory).head('a', calm()))?.headers).toEqual(cssHeaders);
    await origin.write(toObject('b', '2'), calm());
    expect((await openLocal(directory).head('b', calm()))?.headers).toEqual(cssHeaders);
  });

  test('one of a newer Waybill is not touched', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    await origin.write(toObject('a', '1'), calm());
    const text = '{"waybill":"local","format":2,"generation":"x"}\n';
    writeFileSync(own(directory, 'objects.jsonl'), text);
    const newer = { kind: 'rejected', message: expect.stringContaining('format 2'), hint: 'Update Waybill.' };
    await expect(openLocal(directory).head('a', calm())).rejects.toMatchObject(newer);
    await expect(openLocal(directory).write(toObject('b', '1'), calm())).rejects.toMatchObject(newer);
    expect(readFileSync(own(directory, 'objects.jsonl'), 'utf8')).toBe(text);
  });

  test('deleted or damaged beyond its first line, it starts anew; bytes still prove their sha256', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    await origin.write(toObject('a', '1'), calm());
    rmSync(own(directory, 'objects.jsonl'));
    expect(await openLocal(directory).head('a', calm())).toMatchObject({ sha256: toBody('1').sha256, headers: {} });
    await origin.write(toObject('b', '2'), calm());
    expect((await openLocal(directory).head('b', calm()))?.headers).toEqual(cssHeaders);
    writeFileSync(own(directory, 'objects.jsonl'), 'garbage');
    await origin.write(toObject('c', '3'), calm());
    expect((await openLocal(directory).head('c', calm()))?.headers).toEqual(cssHeaders);
  });

  test('is written anew when most of it is out of date, and others notice', async () => {
    const directory = makeTree();
    const [writer, reader] = [openLocal(directory), openLocal(directory)];
    const round = (n: number) =>
      Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          writer.write(toObject(`k/${i}`, `${n}`, { headers: n % 2 ? plain : cssHeaders }), calm()),
        ),
      );
    await round(0);
    await reader.head('k/0', calm());
    for (let n = 1; n <= 24; n++) await round(n);
    expect(lines(directory).length).toBeLessThan(1300);
    for (const origin of [reader, openLocal(directory)]) {
      for (let i = 0; i < 60; i++) expect(origin.serving.head(`k/${i}`)?.headers).toEqual(cssHeaders);
    }
    await writer.remove(
      Array.from({ length: 59 }, (_, i) => `k/${i}`),
      calm(),
    );
    expect(reader.serving.head('k/59')?.headers).toEqual(cssHeaders);
    expect(reader.serving.head('k/0')).toBeUndefined();
  });
});

describe('what crashed runs leave', () => {
  test('old temporary bodies are cleared, young ones may be another run’s', async () => {
    const directory = makeTree();
    await openLocal(directory).write(toObject('a', '1'), calm());
    for (const name of ['old', 'young']) writeFileSync(own(directory, `tmp/${name}`), name);
    const hours = Date.now() / 1000 - 7200;
    utimesSync(own(directory, 'tmp/old'), hours, hours);
    await openLocal(directory).write(toObject('b', '1'), calm());
    expect(readdirSync(own(directory, 'tmp'))).toEqual(['young']);
  });

  test('a failed write leaves no temporary body', async () => {
    const directory = makeTree();
    const origin = openLocal(directory);
    await origin.write(toObject('a', '1'), calm());
    for (const ifMatch of [null, 'other']) {
      await expect(origin.write(toObject('a', '2', { ifMatch }), calm())).rejects.toMatchObject({ kind: 'conflict' });
    }
    await expect(origin.write(toObject('a/b', '2'), calm())).rejects.toMatchObject({ kind: 'rejected' });
    expect(readdirSync(own(directory, 'tmp'))).toEqual([]);
    expect(existsSync(join(directory, 'cdn/.waybill/local/mutex'))).toBe(false);
  });
});
