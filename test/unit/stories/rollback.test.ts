import { describe, expect, test } from 'vitest';
import { createRecordingEdge, makeRig } from '../../rig.ts';

const v1 = { 'index.html': 'one', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };
const v2 = { 'index.html': 'two', 'app.css': 'b{}', 'app-QL7MZ3PB.js': '2' };
const v3 = { 'index.html': 'three', 'app.css': 'c{}', 'new.css': 'n{}' };

async function threeVersions() {
  const edge = createRecordingEdge();
  const rig = makeRig({ files: v1, edges: [edge] });
  await rig.deploy();
  rig.setFiles(v2);
  await rig.deploy();
  rig.setFiles(v3);
  await rig.deploy();
  edge.taken.length = 0;
  return { rig, edge };
}

describe('rollback', () => {
  test('restores the version before by copies alone, and invalidates what changed', async () => {
    const { rig, edge } = await threeVersions();
    const receipt = await rig.rollback();
    expect(receipt).toMatchObject({
      operation: 'rollback',
      version: 2,
      previous: 3,
      uploaded: { files: 0 },
      copied: 2,
    });
    expect(rig.served()).toMatchObject(v2);
    expect(edge.taken).toEqual([['/static/app.css'], ['/static', '/static/', '/static/index.html']]);
  });

  test('twice goes two back, never forward; then there is nothing left (exit 4)', async () => {
    const { rig } = await threeVersions();
    await rig.rollback();
    expect((await rig.rollback()).version).toBe(1);
    expect(rig.served()).toMatchObject(v1);
    await expect(rig.rollback()).rejects.toMatchObject({ code: 'NOTHING_LIVE', exitCode: 4 });
  });

  test('--to goes to any version, forward too, and no new number is made', async () => {
    const { rig } = await threeVersions();
    await rig.rollback({ to: 1 });
    expect(rig.served()).toMatchObject(v1);
    const receipt = await rig.rollback({ to: 3 });
    expect(receipt).toMatchObject({ version: 3, previous: 1 });
    expect(rig.served()).toMatchObject(v3);
    expect([...rig.objects.keys()].filter((key) => key.startsWith('.waybill/versions/'))).toHaveLength(3);
  });

  test('a deploy after a rollback takes the next number, and rollback then skips what a rollback has left', async () => {
    const { rig } = await threeVersions();
    await rig.rollback();
    rig.setFiles({ ...v3, 'app.css': 'd{}' });
    expect((await rig.deploy()).version).toBe(4);
    expect((await rig.rollback()).version).toBe(2);
    expect(rig.served()).toMatchObject(v2);
  });

  test('an unknown version is exit 2 and lists the known ones', async () => {
    const { rig } = await threeVersions();
    await expect(rig.rollback({ to: 9 })).rejects.toMatchObject({
      code: 'VERSION_UNKNOWN',
      exitCode: 2,
      message: expect.stringContaining('1, 2, 3'),
    });
  });

  test('a body that is neither at its key nor kept: exit 4 before any write', async () => {
    const { rig } = await threeVersions();
    for (const key of [...rig.objects.keys()]) if (key.startsWith('.waybill/objects/')) rig.objects.delete(key);
    const before = new Map(rig.objects);
    await expect(rig.rollback()).rejects.toMatchObject({
      code: 'NOT_RESTORABLE',
      exitCode: 4,
      message: expect.stringContaining('app.css'),
    });
    expect(rig.objects).toEqual(before);
  });

  test('on an empty location there is nothing to roll back', async () => {
    const rig = makeRig({ files: v1 });
    await expect(rig.rollback()).rejects.toMatchObject({ code: 'NOTHING_LIVE' });
    expect(rig.objects.size).toBe(0);
  });

  test('headers of the older version come back with its bytes', async () => {
    const rig = makeRig({ files: v1 });
    await rig.deploy();
    rig.options = { ...rig.options, headers: [{ match: ['**'], set: { 'x-test': 'new' } }] };
    await rig.deploy();
    expect(rig.objects.get('app-5WLTJH4U.js')?.headers['x-test']).toBe('new');
    expect(await rig.rollback()).toMatchObject({ copied: 3, uploaded: { files: 0 } });
    expect(rig.objects.get('app-5WLTJH4U.js')?.headers['x-test']).toBeUndefined();
  });
});
