import { expect, test } from 'vitest';
import { createRecordingEdge, makeRig } from '../rig.ts';
import { openOnServer } from './s3-open.ts';

const sites = ['5WLTJH4U', 'QL7MZ3PB', '7XK2M4ND'].map((hash, index) => ({
  'index.html': `home ${index}`,
  [`app-${hash}.js`]: `${index}`,
  [`old-${index}.css`]: `c${index}`,
}));

test('a prune over S3: keys that DeleteObjects refuses in its 200 are named, counted and taken by the next one', async () => {
  let isLocked = true;
  const deleteErrors = (key: string) =>
    isLocked && key.endsWith('/old-0.css') ? { code: 'AccessDenied', message: 'Object Lock' } : undefined;
  const { origin, server, operations } = await openOnServer({ server: { deleteErrors } });
  const rig = makeRig({ files: {}, origin, edges: [createRecordingEdge()] });
  for (const files of sites) {
    rig.setFiles(files);
    await rig.deploy();
  }
  const keys = () => [...server.objects('test-bucket').keys()].map((key) => key.replace(/^site\//, ''));
  const scope = { keep: 2, olderThanMs: 0 };

  const before = keys();
  operations();
  await expect(rig.prune(scope)).rejects.toMatchObject({
    code: 'APPLY_FAILED',
    exitCode: 3,
    message: expect.stringMatching(
      /^These are still there: old-0\.css: .*s3:DeleteObject.*2 of 3 objects are removed/s,
    ),
    receipt: {
      removed: { keys: 1, objects: 1, versions: [] },
      failed: { code: 'PROVIDER_AUTH', keys: ['old-0.css'], notRemoved: 1 },
    },
  });
  expect(before.filter((key) => !keys().includes(key))).toHaveLength(2);
  // Assets in one call, kept bodies in another.
  expect(operations().filter((name) => name === 'DeleteObjects')).toHaveLength(2);

  isLocked = false;
  expect((await rig.prune(scope)).removed).toMatchObject({ keys: 1, objects: 0, versions: [1] });
  expect(
    keys()
      .filter((key) => !key.startsWith('.waybill/'))
      .sort(),
  ).toEqual(
    [...Object.keys(sites[1] as object), ...Object.keys(sites[2] as object)]
      .filter((key, i, all) => all.indexOf(key) === i)
      .sort(),
  );
  expect((await rig.rollback()).version).toBe(2);
  expect((await rig.prune({ removed: true })).removed.keys).toBe(1);
  expect((await rig.rollback({ to: 3 })).version).toBe(3);
});
