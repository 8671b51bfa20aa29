import { expect, test } from 'vitest';
import type { EdgeTraits } from '../../../src/provider/contract.ts';
import { createRecordingEdge, makeRig, type RecordingEdge } from '../../rig.ts';

const site = { 'index.html': 'home', 'app/a.css': 'a', 'app/b.css': 'b', 'app/app-5WLTJH4U.js': '1', 'other.css': 'o' };
const tagging = { header: 'surrogate-key', separator: ' ' } as const;

/** An edge that takes paths and tags, as Fastly. */
function taggingEdge(more: Partial<EdgeTraits> = {}): RecordingEdge {
  const edge = createRecordingEdge();
  const price = { perItemUsd: 0, freePerMonth: 0 };
  return Object.assign(edge, { traits: { ...edge.traits, price, scopes: ['paths', 'tags'], tagging, ...more } });
}

function tagsAt(rig: ReturnType<typeof makeRig>, key: string, header = 'surrogate-key'): string[] {
  return rig.objects.get(key)?.headers[header]?.split(' ') ?? [];
}

test('tags come with one deploy that sends no file, and then a changed file is one tag', async () => {
  const rig = makeRig({ files: site, edges: [createRecordingEdge()] });
  await rig.deploy();
  const edge = taggingEdge();
  rig.options = { ...rig.options, edges: [edge] };

  const turned = await rig.deploy();
  expect(turned.uploaded.files).toBe(0);
  expect(turned.copied).toBe(4);
  // What is cached now came without tags, so URLs are told.
  expect(edge.taken.flat()).toContain('/static/app/a.css');
  expect(edge.taken.flat().filter((item) => item.startsWith('#'))).toEqual([]);
  expect(tagsAt(rig, 'app/app-5WLTJH4U.js')).toEqual([]);

  edge.taken.length = 0;
  rig.setFiles({ ...site, 'index.html': 'new home', 'app/new.css': 'n' });
  await rig.deploy();
  // The new name may be cached as missing, and an answer that nothing is there has no tags.
  expect(edge.taken).toEqual([['/static/app/new.css'], [`#${tagsAt(rig, 'index.html')[0]}`]]);
});

test('many files of one top directory are one tag', async () => {
  const edge = taggingEdge({ maxTags: 1 });
  const rig = makeRig({ files: site, edges: [edge] });
  await rig.deploy();
  edge.taken.length = 0;
  rig.setFiles({ ...site, 'app/a.css': 'a2', 'app/b.css': 'b2' });
  await rig.deploy();
  expect(edge.taken).toEqual([[`#${tagsAt(rig, 'app/a.css')[1]}`]]);
  expect(tagsAt(rig, 'app/a.css')[1]).toBe(tagsAt(rig, 'app/b.css')[1]);
  expect(tagsAt(rig, 'app/a.css')[1]).not.toBe(tagsAt(rig, 'other.css')[1]);
});

test('an origin that keeps few headers keeps tags as its metadata, behind those of a rule', async () => {
  const rig = makeRig({
    files: site,
    edges: [taggingEdge()],
    memory: { traits: { headers: ['cache-control', 'content-type'] } },
    headers: [{ match: ['other.css'], set: { 'x-amz-meta-surrogate-key': 'mine' } }],
  });
  await rig.deploy();
  expect(tagsAt(rig, 'app/a.css', 'x-amz-meta-surrogate-key')).toHaveLength(2);
  expect(tagsAt(rig, 'other.css', 'x-amz-meta-surrogate-key')[2]).toBe('mine');
  expect((await rig.deploy()).requests.write).toBe(0);
});

test('what somebody else has put there carries no tags of ours', async () => {
  const edge = taggingEdge();
  const rig = makeRig({ files: site, edges: [edge] });
  await rig.deploy();
  edge.taken.length = 0;
  rig.objects.delete('other.css');
  await rig.deploy();
  expect(edge.taken).toEqual([['/static/other.css']]);
});
