import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { MemoryObject } from '../../../providers/memory/origin.ts';
import { createRecordingEdge, makeRig, type Rig } from '../../rig.ts';

const site = { 'index.html': 'home', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };

function put(rig: Rig, key: string, text: string, etag: string): void {
  const object: MemoryObject = {
    bytes: new TextEncoder().encode(text),
    etag,
    headers: {},
    visibility: 'public',
    writtenAt: Date.now(),
  };
  rig.objects.set(key, object);
}

describe('drift', () => {
  test('objects removed or altered behind our back are repaired; that makes no new version and is invalidated', async () => {
    const edge = createRecordingEdge();
    const rig = makeRig({ files: site, edges: [edge] });
    await rig.deploy();
    edge.taken.length = 0;
    rig.objects.delete('app-5WLTJH4U.js');
    put(rig, 'app.css', 'hacked', 'x1');
    const receipt = await rig.deploy();
    expect(receipt).toMatchObject({ version: 1, previous: 1, uploaded: { files: 2 }, unchanged: 1 });
    expect(rig.served()).toEqual(site);
    expect(edge.taken).toEqual([['/static/app-5WLTJH4U.js', '/static/app.css']]);
    expect([...rig.objects.keys()].filter((key) => key.startsWith('.waybill/objects/'))).toEqual([]);
    expect((await rig.deploy()).requests.write).toBe(0);
  });

  test('a same-size alteration is noticed', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    put(rig, 'app.css', 'x{}', 'x2');
    expect(await rig.deploy()).toMatchObject({ uploaded: { files: 1 } });
    expect(rig.served()).toEqual(site);
  });

  test('trap 15: another etag over equal bytes is adopted by HEAD, without an upload', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    for (const [key, object] of rig.objects) {
      if (!key.startsWith('.waybill/')) rig.objects.set(key, { ...object, etag: `kms-${key}-2` });
    }
    expect(await rig.deploy()).toMatchObject({ uploaded: { files: 0 }, copied: 0, unchanged: 3 });
    const again = await rig.deploy();
    expect(again.requests).toMatchObject({ write: 0, list: 1 });
    expect(again.requests.read).toBeLessThan(5);
  });

  test('a lost or damaged inventory is rebuilt by listing and HEAD', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    put(rig, '.waybill/inventory', '{', 'i1');
    expect(await rig.deploy()).toMatchObject({ version: 1, uploaded: { files: 0 }, unchanged: 3 });
    expect((await rig.deploy()).requests.write).toBe(0);
    rig.objects.delete('.waybill/inventory');
    rig.setFiles({ ...site, 'app.css': 'b{}' });
    expect(await rig.deploy()).toMatchObject({ version: 2, uploaded: { files: 1 } });
    expect((await rig.rollback()).version).toBe(1);
    expect(rig.served()).toEqual(site);
  });

  test('a foreign object with equal bytes is adopted, with other bytes it is exit 4 and nothing is written', async () => {
    const rig = makeRig({ files: site });
    put(rig, 'app.css', site['app.css'], 'f1');
    put(rig, 'index.html', 'an older site', 'f2');
    const before = new Map(rig.objects);
    await expect(rig.deploy()).rejects.toMatchObject({
      code: 'FOREIGN_OBJECTS',
      exitCode: 4,
      message: expect.stringMatching(/^1 object .*index\.html/),
    });
    expect(rig.objects).toEqual(before);
    const receipt = await rig.deploy({ adopt: true });
    expect(receipt).toMatchObject({ version: 1, uploaded: { files: 2 }, copied: 1 });
    expect(rig.served()).toEqual(site);
    const kept = rig.objects.get(`.waybill/objects/${createHash('sha256').update('an older site').digest('hex')}`);
    expect(new TextDecoder().decode(kept?.bytes)).toBe('an older site');
  });

  test('somebody else at a key that we have left is foreign, not drift', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    const { 'app.css': _, ...rest } = site;
    rig.setFiles(rest);
    await rig.deploy();
    put(rig, 'app.css', 'theirs now', 'o1');
    rig.setFiles(site);
    await expect(rig.deploy()).rejects.toMatchObject({ code: 'FOREIGN_OBJECTS' });
    expect(await rig.deploy({ adopt: true })).toMatchObject({ uploaded: { files: 1 } });
  });

  test('trap 5: keys outside of what we own are never touched', async () => {
    const rig = makeRig({ files: site });
    put(rig, 'media/upload.jpg', 'user', 'm1');
    await rig.deploy();
    rig.setFiles({ 'index.html': 'home 2' });
    await rig.deploy();
    await rig.rollback();
    expect(rig.objects.get('media/upload.jpg')?.etag).toBe('m1');
  });

  test('--trust-manifest lists nothing, and writes carry the recorded etags as conditions', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    rig.setFiles({ ...site, 'app.css': 'b{}' });
    const receipt = await rig.deploy({ trustManifest: true });
    expect(receipt).toMatchObject({
      version: 2,
      uploaded: { files: 1 },
      unchanged: 2,
      trusted: 2,
      requests: { list: 0 },
    });
    put(rig, 'app.css', 'behind our back', 'x9');
    rig.setFiles({ ...site, 'app.css': 'c{}' });
    await expect(rig.deploy({ trustManifest: true })).rejects.toMatchObject({ exitCode: 3 });
    expect(await rig.deploy()).toMatchObject({ uploaded: { files: 1 } });
    expect(rig.served()).toMatchObject({ 'app.css': 'c{}' });
  });

  test('a body lost at the origin is told when the plan replaces it', async () => {
    const rig = makeRig({ files: site });
    await rig.deploy();
    put(rig, 'app.css', 'hacked', 'x1');
    rig.setFiles({ ...site, 'app.css': 'new{}' });
    const { plan } = await rig.plan();
    expect(plan.warnings).toMatchObject([{ code: 'NOT_RESTORABLE', message: expect.stringContaining('app.css') }]);
    await rig.deploy();
    await expect(rig.rollback()).rejects.toMatchObject({ code: 'NOT_RESTORABLE' });
  });
});
