import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ProviderError } from '../../../src/errors/errors.ts';
import { listVersions } from '../../../src/versions.ts';
import { createRecordingEdge, makeRig } from '../../rig.ts';

const v1 = { 'index.html': 'one', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };
const v2 = { 'index.html': 'two', 'app.css': 'b{}', 'app-QL7MZ3PB.js': '2' };
const v3 = { 'index.html': 'three', 'app.css': 'c{}', 'new.css': 'n{}' };

async function staged() {
  const edge = createRecordingEdge();
  const rig = makeRig({
    files: v1,
    edges: [edge],
    outputs: (directory) => [{ kind: 'dotenv', path: join(directory, '.env'), variable: 'CDN_URL' }],
  });
  await rig.deploy();
  rig.setFiles(v2);
  edge.taken.length = 0;
  return { rig, edge, receipt: await rig.deploy({ stage: true }) };
}

describe('deploy --stage', () => {
  test('puts hashed files in place and stable bodies aside; nothing that a visitor can name changes', async () => {
    const { rig, edge, receipt } = await staged();
    expect(receipt).toMatchObject({
      operation: 'stage',
      version: 2,
      previous: 1,
      staged: true,
      uploaded: { files: 3 },
      invalidated: [],
      outputs: [],
    });
    expect(rig.served()).toEqual({ ...v1, 'app-QL7MZ3PB.js': '2' });
    expect(edge.taken).toEqual([]);
    const states = (await listVersions(await rig.session())).map((one) => one.state);
    expect(states).toEqual(['live', 'staged']);
  });

  test('activate makes it live by copies, with invalidation and outputs; rollback goes back', async () => {
    const { rig, edge } = await staged();
    const receipt = await rig.activate({ to: 2 });
    expect(receipt).toMatchObject({
      operation: 'activate',
      version: 2,
      previous: 1,
      uploaded: { files: 0 },
      copied: 2,
    });
    expect(rig.served()).toMatchObject(v2);
    expect(edge.taken).toEqual([['/static/app.css'], ['/static', '/static/', '/static/index.html']]);
    expect(readFileSync(join(rig.directory, '.env'), 'utf8')).toContain('https://cdn.example/static/');
    expect((await listVersions(await rig.session())).map((one) => one.state)).toEqual(['kept', 'live']);
    await rig.rollback();
    expect(rig.served()).toMatchObject(v1);
  });

  test('the same files staged again are the same version and no write; those of the live version are nothing to stage', async () => {
    const { rig } = await staged();
    expect(await rig.deploy({ stage: true })).toMatchObject({ version: 2, staged: true, requests: { write: 0 } });
    rig.setFiles(v1);
    const receipt = await rig.deploy({ stage: true });
    expect(receipt).toMatchObject({ version: 1, requests: { write: 0 } });
    expect(receipt.staged).toBeUndefined();
  });

  test('several can be staged; activate is exit 5 once another one is live, unless --allow-older', async () => {
    const { rig } = await staged();
    rig.setFiles(v3);
    expect(await rig.deploy({ stage: true })).toMatchObject({ version: 3 });
    await rig.activate({ to: 3 });
    const before = new Map(rig.objects);
    await expect(rig.activate({ to: 2 })).rejects.toMatchObject({ code: 'PLAN_STALE', exitCode: 5 });
    expect(rig.objects).toEqual(before);
    expect(await rig.activate({ to: 2, allowOlder: true })).toMatchObject({ version: 2 });
    expect(rig.served()).toMatchObject(v2);
    await rig.activate({ to: 3, allowOlder: true });
    expect(rig.served()).toMatchObject(v3);
  });

  test('on an empty location the first version is staged and then made live', async () => {
    const rig = makeRig({ files: v1 });
    expect(await rig.deploy({ stage: true })).toMatchObject({ version: 1, previous: null, staged: true });
    expect(rig.served()).toEqual({ 'app-5WLTJH4U.js': '1' });
    expect(await rig.activate({ to: 1 })).toMatchObject({ version: 1, previous: null });
    expect(rig.served()).toEqual(v1);
  });

  test('a deploy meanwhile keeps its number and its bodies apart from what is staged', async () => {
    const { rig } = await staged();
    rig.setFiles(v3);
    expect(await rig.deploy()).toMatchObject({ version: 3, previous: 1 });
    await rig.activate({ to: 2, allowOlder: true });
    expect(rig.served()).toMatchObject(v2);
    expect(await rig.rollback({ to: 3 })).toMatchObject({ version: 3 });
    expect(rig.served()).toMatchObject(v3);
  });

  test('a version that does not exist is exit 2, and a stage that broke off is finished by running it again', async () => {
    let isDown = false;
    const rig = makeRig({
      files: v1,
      memory: {
        failOn: ({ kind, key }) => {
          if (isDown && kind === 'write' && key.startsWith('.waybill/objects/')) {
            throw new ProviderError('rejected', 'struck');
          }
          return undefined;
        },
      },
    });
    await rig.deploy();
    await expect(rig.activate({ to: 9 })).rejects.toMatchObject({ code: 'VERSION_UNKNOWN', exitCode: 2 });
    rig.setFiles(v2);
    isDown = true;
    await expect(rig.deploy({ stage: true })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('Visitors still see version 1'),
      hint: expect.stringContaining('waybill deploy --env test --stage'),
    });
    // Half staged, it can be named, and is refused before any write.
    await expect(rig.activate({ to: 2 })).rejects.toMatchObject({ code: 'NOT_RESTORABLE', exitCode: 4 });
    isDown = false;
    expect(await rig.deploy({ stage: true })).toMatchObject({ version: 2, staged: true });
    await rig.activate({ to: 2 });
    expect(rig.served()).toMatchObject(v2);
  });
});
