import { expect, test } from 'vitest';
import { ProviderError } from '../../../src/errors/errors.ts';
import type { InvalidationRequest } from '../../../src/provider/contract.ts';
import { createRecordingEdge, makeRig } from '../../rig.ts';

const site = { 'index.html': 'home', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };

test('an outer edge is not told while an inner one still holds old copies', async () => {
  const inner = createRecordingEdge('inner');
  const outer = createRecordingEdge('outer');
  const rig = makeRig({ files: site, edges: [inner, outer] });
  await rig.deploy();
  rig.setFiles({ ...site, 'app.css': 'z' });
  inner.failing = new ProviderError('rejected', 'no');
  outer.taken.length = 0;
  await expect(rig.deploy()).rejects.toMatchObject({ code: 'INVALIDATION_OWED' });
  inner.failing = undefined;
  outer.taken.length = 0;
  await rig.deploy();
  expect(outer.taken).toEqual([['/static/app.css']]);
});

test('every invalidation has a nonce of its own', async () => {
  const nonces: string[] = [];
  const edge = {
    ...createRecordingEdge(),
    invalidate: async ({ nonce }: InvalidationRequest) => {
      nonces.push(nonce);
      throw new ProviderError('rejected', 'no');
    },
  };
  const rig = makeRig({ files: site, edges: [edge] });
  await rig.deploy().catch(() => undefined);
  expect(new Set(nonces).size).toBe(nonces.length);
  expect(nonces.length).toBe(2);
});

test('wait done: a poll that fails leaves outputs written and the version live', async () => {
  const edge = {
    ...createRecordingEdge(),
    settled: async () => {
      throw new ProviderError('auth', 'no cloudfront:GetInvalidation');
    },
  };
  const rig = makeRig({
    files: site,
    edges: [edge],
    outputs: (d) => [{ kind: 'dotenv', path: `${d}/.env`, variable: 'CDN_URL' }],
  });
  const receipt = await rig.deploy({ wait: 'done' }).catch((e) => e);
  expect(receipt).toMatchObject({ version: 1, outputs: [{ changed: true }] });
});

test('after a rollback whose invalidation was refused, the same rollback pays; a deploy would undo it', async () => {
  const edge = createRecordingEdge();
  const rig = makeRig({ files: site, edges: [edge] });
  await rig.deploy();
  rig.setFiles({ ...site, 'app.css': 'z' });
  await rig.deploy();
  edge.failing = new ProviderError('rejected', 'no');
  await expect(rig.rollback()).rejects.toMatchObject({
    code: 'INVALIDATION_OWED',
    hint: expect.stringContaining('waybill rollback --env test --to 1'),
  });
  edge.failing = undefined;
  edge.taken.length = 0;
  expect(await rig.rollback({ to: 1 })).toMatchObject({ version: 1, owed: [], copied: 0 });
  expect(edge.taken).toEqual([['/static/app.css']]);
});

test('distributions of one entry do not wait for each other, and one that refuses holds up no other', async () => {
  const polls: string[] = [];
  const [a, b] = [createRecordingEdge('cdn:a'), createRecordingEdge('cdn:b')];
  const slow = { ...a, settled: async () => polls.push('a') > 1_000 };
  const rig = makeRig({ files: site, edges: [[slow, b]] });
  await rig.deploy({ waitTimeoutMs: 60_000 });
  expect(polls).toEqual([]);
  expect(b.taken).toHaveLength(2);
  rig.setFiles({ ...site, 'app.css': 'z' });
  const refusing = { ...a, invalidate: () => Promise.reject(new ProviderError('rejected', 'no')) };
  rig.options = { ...rig.options, edges: [[refusing, b]] };
  await expect(rig.deploy()).rejects.toMatchObject({ code: 'INVALIDATION_OWED' });
  expect(b.taken.at(-1)).toEqual(['/static/app.css']);
});

test('an edge without its token ends the run before anything is written, unless nothing needs to be forgotten', async () => {
  const edge = createRecordingEdge('tokenless');
  const rig = makeRig({ files: site, edges: [edge] });
  await rig.deploy();
  let asked = 0;
  const ready = (): void => {
    asked++;
    throw new ProviderError('auth', 'TOKEN is not set');
  };
  // Two of one name: a second one is renamed, and asked all the same.
  rig.options = { ...rig.options, edges: [edge, { ...edge, ready }] };
  const before = [...rig.objects.keys()];
  rig.setFiles({ ...site, 'app.css': 'z' });
  await expect(rig.deploy()).rejects.toMatchObject({ kind: 'auth', message: 'TOKEN is not set' });
  expect([...rig.objects.keys()]).toEqual(before);
  expect(rig.served()).toMatchObject({ 'app.css': 'a{}' });
  rig.setFiles({ ...site, 'new-8c1d2e3f.js': '2' });
  await expect(rig.deploy()).resolves.toMatchObject({ uploaded: { files: 1 } });
  expect(asked).toBe(1);
});
