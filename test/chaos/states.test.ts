import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MemoryObject } from '../../providers/memory/origin.ts';
import { createRecordingEdge, makeRig, type Rig } from '../rig.ts';
import { isFull, seed } from './share.ts';
import { tally } from './tally.ts';

const names = [
  'index.html',
  'a.css',
  'b.css',
  'docs/index.html',
  'sw.js',
  'app-5WLTJH4U.js',
  'app-QL7MZ3PB.js',
] as const;

/** Hashed names always have the same bytes; others any of three. */
const site = fc
  .dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'), { minKeys: 1 })
  .map((files) => Object.fromEntries(Object.entries(files).map(([n, body]) => [n, n.startsWith('app-') ? n : body])));

type Act =
  | { kind: 'deploy'; files: Record<string, string>; rule: string | undefined }
  | { kind: 'rollback' }
  | { kind: 'remove' | 'alter'; index: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('deploy' as const),
      files: site,
      rule: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'alter' as const), index: fc.nat(20) }),
  },
);

function disturb(rig: Rig, kind: 'remove' | 'alter', index: number, serial: number): void {
  const keys = [...rig.objects.keys()].filter((key) => !key.startsWith('.waybill/') && key !== 'foreign.txt');
  const key = keys[index % Math.max(1, keys.length)];
  const object = key === undefined ? undefined : rig.objects.get(key);
  if (key === undefined || !object) return;
  if (kind === 'remove') rig.objects.delete(key);
  else {
    const { sha256: _, ...rest } = object;
    rig.objects.set(key, {
      ...rest,
      bytes: new TextEncoder().encode(`hand ${serial}`),
      etag: `hand-${serial}`,
      headers: {},
    });
  }
}

test('from any state, drift and foreign keys included, a deploy ends in exactly the wanted state and a second one is empty', async () => {
  const foreign: MemoryObject = {
    bytes: new TextEncoder().encode('not ours'),
    etag: 'foreign',
    headers: {},
    visibility: 'public',
    writtenAt: 0,
  };
  const numRuns = isFull ? 400 : 25;
  let count = 0;
  await fc.assert(
    fc.asyncProperty(site, fc.array(act, { maxLength: 5 }), async (first, acts) => {
      const rig = makeRig({ files: first, edges: [createRecordingEdge()] });
      rig.objects.set('foreign.txt', foreign);
      const deployAndCheck = async (files: Record<string, string>): Promise<void> => {
        // A key that no version serves any more belongs to whoever wrote there last, so it must be adopted.
        const receipt = await rig.deploy({ adopt: true });
        expect(rig.served()).toMatchObject(files);
        expect(receipt.uploaded.files + receipt.copied + receipt.unchanged).toBe(Object.keys(files).length);
        expect((await rig.deploy()).requests).toMatchObject({ write: 0, copy: 0, remove: 0 });
        expect((await rig.plan()).plan.phases).toEqual([]);
      };
      let wanted = first;
      await deployAndCheck(wanted);
      for (const [serial, one] of acts.entries()) {
        if (one.kind === 'deploy') {
          wanted = one.files;
          rig.setFiles(wanted);
          rig.options = {
            ...rig.options,
            headers: one.rule ? [{ match: ['**/*.css'], set: { 'x-rule': one.rule } }] : [],
          };
          await deployAndCheck(wanted);
        } else if (one.kind === 'rollback') {
          // What was altered by hand may leave nothing to go back to; that is refused before any write.
          const before = new Map(rig.objects);
          const refused = await rig.rollback().then(
            () => false,
            (error: { exitCode: number }) => error.exitCode === 4,
          );
          if (refused) expect(rig.objects).toEqual(before);
        } else disturb(rig, one.kind, one.index, serial);
      }
      rig.setFiles(wanted);
      await deployAndCheck(wanted);
      expect(rig.objects.get('foreign.txt')).toBe(foreign);
      count++;
    }),
    { numRuns, seed },
  );
  tally('origins of any state that a deploy made right', count, []);
}, 300_000);
