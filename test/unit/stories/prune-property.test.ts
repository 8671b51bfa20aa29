import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MemoryObject } from '../../../providers/memory/origin.ts';
import { WaybillError } from '../../../src/errors/errors.ts';
import { parseManifest } from '../../../src/manifest/codec.ts';
import { listVersionNumbers } from '../../../src/manifest/store.ts';
import type { PruneRequest } from '../../../src/plan/prune-types.ts';
import { planRollback } from '../../../src/rollback.ts';
import { createRecordingEdge, makeRig, type Rig } from '../../rig.ts';

const names = [
  'index.html',
  'a.css',
  'b.css',
  'docs/a.txt',
  'docs/b.txt',
  'app-5WLTJH4U.js',
  'app-QL7MZ3PB.js',
] as const;
const foreignKeys = ['foreign.txt', 'app-7XK2M4ND.js', 'docs/of-others.txt'];

/** Hashed names always have the same bytes; others any of three, so that many share theirs. */
const site = fc
  .dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'), { minKeys: 1 })
  .map((files) => Object.fromEntries(Object.entries(files).map(([n, body]) => [n, n.startsWith('app-') ? n : body])));

type Act =
  | { kind: 'deploy'; files: Record<string, string> }
  | { kind: 'rollback' }
  | { kind: 'prune'; request: PruneRequest }
  | { kind: 'lose' | 'seize'; index: number }
  | { kind: 'forget' };

const request: fc.Arbitrary<PruneRequest> = fc.oneof(
  fc.record({ keep: fc.integer({ min: 1, max: 3 }), olderThanMs: fc.constant(0) }),
  fc.constant({ removed: true }),
  fc.record({ path: fc.constantFrom('docs/*', 'a.css', '*.js', 'docs/a.txt') }),
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deploy' as const), files: site }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('prune' as const), request }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'seize' as const), index: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'forget' as const }) },
);

/** Somebody removes or overwrites an object that no version of ours needs to be live. */
function disturb(rig: Rig, kind: 'lose' | 'seize', index: number): void {
  const keys = [...rig.objects.keys()].filter((key) => !key.startsWith('.waybill/') && !foreignKeys.includes(key));
  const key = keys[index % Math.max(1, keys.length)];
  if (key === undefined) return;
  if (kind === 'lose') rig.objects.delete(key);
  else rig.objects.set(key, { ...foreign, etag: `seized-${key}` });
}

const foreign: MemoryObject = {
  bytes: new TextEncoder().encode('not ours'),
  etag: 'foreign',
  headers: {},
  visibility: 'public',
  writtenAt: 0,
};

async function restorable(rig: Rig): Promise<number[]> {
  const session = await rig.session({ readonly: true });
  const found: number[] = [];
  for (const to of await listVersionNumbers(session.state, session.call)) {
    const isIt = await planRollback(session, { to }).then(
      () => true,
      (error: unknown) => !(error instanceof WaybillError),
    );
    if (isIt) found.push(to);
  }
  return found;
}

/** Prunes twice and looks at what must hold after any prune. */
async function pruneAndCheck(rig: Rig, scope: PruneRequest): Promise<void> {
  const before = await restorable(rig);
  const objects = new Map(rig.objects);
  const receipt = await rig.prune(scope).catch((error: unknown) => error);
  if (receipt instanceof WaybillError) {
    // A file of the live version, or a pattern that nothing matches.
    expect([2, 4]).toContain(receipt.exitCode);
    expect(rig.objects).toEqual(objects);
    return;
  }
  const { removed, unrestorable } = receipt as Awaited<ReturnType<Rig['prune']>>;
  const lost = new Set([...removed.versions, ...unrestorable.map(({ version }) => version)]);
  // A body that is kept before its key goes may bring back another version that had lost the same.
  const after = await restorable(rig);
  expect(after).toEqual(expect.arrayContaining(before.filter((version) => !lost.has(version))));
  expect(after.filter((version) => lost.has(version))).toEqual([]);
  const gone = [...objects.keys()].filter((key) => !rig.objects.has(key));
  expect(gone.length).toBe(removed.keys + removed.objects + removed.versions.length);
  for (const [key, object] of objects) {
    if (new TextDecoder().decode(object.bytes) === 'not ours') expect(rig.objects.get(key)).toBe(object);
  }
  const again = await rig.prune(scope).catch((error: unknown) => error);
  if (!(again instanceof WaybillError)) expect(again).toMatchObject({ requests: { write: 0, copy: 0, remove: 0 } });
}

test('after any prune every version that stays can be restored, foreign keys are untouched, and a second prune is empty', async () => {
  await fc.assert(
    fc.asyncProperty(site, fc.array(act, { minLength: 3, maxLength: 9 }), request, async (first, acts, last) => {
      const rig = makeRig({ files: first, edges: [createRecordingEdge()] });
      for (const key of foreignKeys) rig.objects.set(key, { ...foreign, etag: key });
      await rig.deploy();
      for (const one of acts) {
        if (one.kind === 'deploy') {
          rig.setFiles(one.files);
          await rig.deploy({ adopt: true });
          expect(rig.served()).toMatchObject(one.files);
        } else if (one.kind === 'prune') await pruneAndCheck(rig, one.request);
        else if (one.kind === 'rollback') await rig.rollback().catch(expectRefusal);
        else if (one.kind === 'forget') rig.objects.delete('.waybill/inventory');
        else disturb(rig, one.kind, one.index);
      }
      await pruneAndCheck(rig, last);
      // What can be planned can be done: each of them ends with exactly its files.
      const pruned = [...rig.objects];
      for (const to of await restorable(rig)) {
        await rig.rollback({ to });
        const { files = [] } = parseManifest(rig.objects.get(`.waybill/versions/${to}`)?.bytes as Uint8Array, to);
        for (const { key, sha256 } of files) expect(rig.objects.get(key)?.sha256).toBe(sha256);
        rig.objects.clear();
        for (const [key, object] of pruned) rig.objects.set(key, object);
      }
    }),
    { numRuns: Number(process.env.WAYBILL_TEST_RUNS ?? 25) },
  );
}, 300_000);

function expectRefusal(error: unknown): void {
  expect(error).toMatchObject({ exitCode: 4 });
}
