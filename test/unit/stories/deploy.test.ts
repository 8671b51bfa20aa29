import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Live } from '../../../src/manifest/live.ts';
import { createRecordingEdge, makeRig, type Rig } from '../../rig.ts';

const site = {
  'index.html': '<link rel=stylesheet href=app.css>',
  'app.css': 'body { color: red }',
  'app-5WLTJH4U.js': 'console.log(1)',
};

function live(rig: Rig): Live {
  return JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes)) as Live;
}

describe('deploy', () => {
  test('the first deploy uploads every file and makes version 1 live', async () => {
    const rig = makeRig({ files: site, edges: [createRecordingEdge()] });
    const receipt = await rig.deploy({ message: 'first' });
    expect(receipt).toMatchObject({
      kind: 'receipt',
      version: 1,
      previous: null,
      uploaded: { files: 3 },
      copied: 0,
      unchanged: 0,
      cdnUrl: 'https://cdn.example/static/',
    });
    expect(rig.served()).toEqual(site);
    expect(live(rig)).toMatchObject({
      version: 1,
      previous: null,
      next: 2,
      owed: [],
      history: [{ version: 1, message: 'first' }],
    });
    expect(live(rig).applying).toBeUndefined();
  });

  test('new stable names are invalidated on every deploy, the first included, and hashed ones never (trap 14: cached 404)', async () => {
    const edge = createRecordingEdge();
    const rig = makeRig({ files: site, edges: [edge] });
    await rig.deploy();
    expect(edge.taken).toEqual([['/static/app.css'], ['/static', '/static/', '/static/index.html']]);
    rig.setFiles({ ...site, 'docs/index.html': 'new', 'app-QL7MZ3PB.js': 'console.log(2)' });
    await rig.deploy();
    expect(edge.taken.slice(2)).toEqual([['/static/docs', '/static/docs/', '/static/docs/index.html']]);
  });

  test('a second deploy of the same input writes nothing, takes no lock and calls no edge', async () => {
    const edge = createRecordingEdge();
    const rig = makeRig({ files: site, edges: [edge] });
    await rig.deploy();
    const before = new Map(rig.objects);
    const calls = edge.taken.length;
    const receipt = await rig.deploy();
    expect(receipt).toMatchObject({ version: 1, uploaded: { files: 0, bytes: 0 }, copied: 0, unchanged: 3 });
    expect(receipt.requests).toMatchObject({ write: 0, copy: 0, remove: 0 });
    expect(rig.objects).toEqual(before);
    expect(edge.taken).toHaveLength(calls);
  });

  test('trap 9: one changed header rule is exactly the affected copies and no upload', async () => {
    const edge = createRecordingEdge();
    const rig = makeRig({ files: site, edges: [edge] });
    await rig.deploy();
    const calls = edge.taken.length;
    rig.options = {
      ...rig.options,
      headers: [{ match: ['**/*.css'], set: { 'cache-control': 'public, max-age=60' } }],
    };
    const receipt = await rig.deploy();
    expect(receipt).toMatchObject({ version: 2, uploaded: { files: 0 }, copied: 1, unchanged: 2 });
    expect(rig.objects.get('app.css')?.headers['cache-control']).toBe('public, max-age=60');
    expect(edge.taken.slice(calls)).toEqual([['/static/app.css']]);
    expect((await rig.deploy()).requests).toMatchObject({ write: 0, copy: 0 });
  });

  test('a changed header rule reaches hashed files too, and their URLs are invalidated', async () => {
    const edge = createRecordingEdge();
    const rig = makeRig({ files: site, edges: [edge] });
    await rig.deploy();
    rig.options = { ...rig.options, headers: [{ match: ['**/*.js'], set: { 'x-robots-tag': 'noindex' } }] };
    expect(await rig.deploy()).toMatchObject({ copied: 1, uploaded: { files: 0 } });
    expect(edge.taken.at(-1)).toEqual(['/static/app-5WLTJH4U.js']);
  });

  test('a replaced stable body is kept under objects/ first; hashed files are never replaced', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    rig.setFiles({ ...site, 'app.css': 'body { color: blue }' });
    const receipt = await rig.deploy();
    expect(receipt).toMatchObject({ version: 2, uploaded: { files: 1 }, copied: 0 });
    const kept = [...rig.objects].filter(([key]) => key.startsWith('.waybill/objects/'));
    expect(kept.map(([, object]) => new TextDecoder().decode(object.bytes))).toEqual([site['app.css']]);
    expect(kept[0]?.[1].visibility).toBe('private');
  });

  test('a removed file makes a version and stays at the origin: deploy deletes nothing', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    const { 'app.css': _, ...rest } = site;
    rig.setFiles(rest);
    expect(await rig.deploy()).toMatchObject({ version: 2, uploaded: { files: 0 }, unchanged: 2 });
    expect(rig.served()).toEqual(site);
  });

  test('a class immutable key never gets other bytes: exit 4 names the file and the rule', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    rig.setFiles({ ...site, 'app-5WLTJH4U.js': 'console.log("other")' });
    const before = new Map(rig.objects);
    await expect(rig.deploy()).rejects.toMatchObject({
      code: 'IMMUTABLE_CHANGED',
      exitCode: 4,
      message: expect.stringContaining('app-5WLTJH4U.js'),
      hint: expect.stringContaining("class: 'mutable'"),
    });
    expect(rig.objects).toEqual(before);
    rig.options = { ...rig.options, classes: [{ match: ['app-5WLTJH4U.js'], class: 'mutable' }] };
    expect(await rig.deploy()).toMatchObject({ version: 2, uploaded: { files: 1 } });
  });

  test('nor does a hashed key that vanished from the origin come back with other bytes', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    rig.setFiles({ 'index.html': 'x' });
    await rig.deploy();
    rig.objects.delete('app-5WLTJH4U.js');
    rig.setFiles({ ...site, 'app-5WLTJH4U.js': 'console.log("other")' });
    await expect(rig.deploy()).rejects.toMatchObject({ code: 'IMMUTABLE_CHANGED' });
  });

  test('identical bodies of 1 MiB and more go up once and are copied at the origin', async () => {
    const big = new Uint8Array(1024 * 1024).fill(7);
    const small = new Uint8Array(1024).fill(7);
    const rig = makeRig({ files: { 'a.bin': big, 'b.bin': big, 'c.html': big, 'd.bin': small, 'e.bin': small } });
    const receipt = await rig.deploy();
    expect(receipt).toMatchObject({ uploaded: { files: 3, bytes: big.length + 2 * small.length }, copied: 2 });
    expect(Buffer.compare(rig.objects.get('c.html')?.bytes ?? Buffer.alloc(0), big)).toBe(0);
    expect(rig.objects.get('c.html')?.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  test('trap 4: hashed files, then stable ones, then pages, then what names pages, each after the other', async () => {
    const order: string[] = [];
    const rig = makeRig({
      files: { ...site, 'sitemap.xml': '<urlset/>' },
      memory: {
        failOn: ({ kind, key }) => {
          if (kind === 'write' && !key.startsWith('.waybill/')) order.push(key);
          return undefined;
        },
      },
    });
    await rig.deploy();
    expect(order).toEqual(['app-5WLTJH4U.js', 'app.css', 'index.html', 'sitemap.xml']);
  });

  test('outputs are written when the version is live, and by a deploy with nothing to do', async () => {
    const rig = makeRig({
      files: site,
      outputs: (directory) => [{ kind: 'dotenv', path: join(directory, '.env'), variable: 'CDN_URL' }],
    });
    const receipt = await rig.deploy();
    expect(receipt.outputs).toMatchObject([{ kind: 'dotenv', changed: true }]);
    expect(readFileSync(join(rig.directory, '.env'), 'utf8')).toBe('CDN_URL=https://cdn.example/static/\n');
    expect((await rig.deploy()).outputs).toMatchObject([{ changed: false }]);
  });
});
