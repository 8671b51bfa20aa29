import { describe, expect, test } from 'vitest';
import { createMemoryOrigin, type MemoryObject, type MemoryOperation } from '../../../providers/memory/origin.ts';
import { ApplyError, ProviderError } from '../../../src/errors/errors.ts';
import { parseManifest } from '../../../src/manifest/codec.ts';
import type { Live } from '../../../src/manifest/live.ts';
import type { PruneRequest } from '../../../src/plan/prune-types.ts';
import { prune } from '../../../src/prune.ts';
import type { PruneReceipt } from '../../../src/receipt.ts';
import { rollback } from '../../../src/rollback.ts';
import { createRecordingEdge, makeRig, type RecordingEdge, type Rig } from '../../rig.ts';

const applied = { wait: 'submitted', waitTimeoutMs: 1000, confirm: async () => {} } as const;
/** Every run finds the lock of a dead process and takes it over. */
const dead = { env: {}, host: { hostname: 'host', pid: 1, isAlive: () => false } };

type Strike = (operation: Pick<MemoryOperation, 'kind' | 'key'>) => Error | undefined;

interface Place {
  readonly rig: Rig;
  readonly edge: RecordingEdge;
  strike: Strike;
}

const sites = [
  { 'index.html': '1', 'old-a.css': 'a', 'app-5WLTJH4U.js': '1', 'list.csv': 'secret' },
  { 'index.html': '2', 'old-b.css': 'b', 'app-QL7MZ3PB.js': '2', 'list.csv': 'secret' },
  { 'index.html': '3', 'old-c.css': 'c', 'app-7XK2M4ND.js': '3' },
  { 'index.html': '4', 'app-HT6VW2RM.js': '4' },
];

/** What four deploys have left, and somebody else's file. */
async function deployAll(): Promise<ReadonlyMap<string, MemoryObject>> {
  const rig = makeRig({ files: {}, edges: [createRecordingEdge()] });
  for (const files of sites) {
    rig.setFiles(files);
    await rig.deploy();
  }
  const bytes = new TextEncoder().encode('not ours');
  rig.objects.set('foreign.txt', { bytes, etag: 'f', headers: {}, visibility: 'public', writtenAt: 0 });
  return rig.objects;
}

function makePlace(deployed: ReadonlyMap<string, MemoryObject>): Place {
  const objects = new Map(deployed);
  const edge = createRecordingEdge();
  const place: Place = {
    edge,
    strike: () => undefined,
    rig: makeRig({
      files: {},
      edges: [
        {
          ...edge,
          invalidate: async (request, call) => {
            const lost = place.strike({ kind: 'write', key: 'edge' });
            const answer = await edge.invalidate(request, call);
            if (lost) throw lost;
            return answer;
          },
        },
      ],
      origin: createMemoryOrigin({ objects, failOn: (operation) => place.strike(operation) }),
      memory: { objects },
    }),
  };
  return place;
}

function live(rig: Rig): Live {
  return JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes)) as Live;
}

/** Versions that may be gone back to. */
function restorable(rig: Rig): number[] {
  const { unrestorable = [], pruned } = live(rig);
  const lost = new Set([...unrestorable.map(({ version }) => version), ...(pruned?.versions ?? [])]);
  return [...rig.objects.keys()]
    .filter((key) => key.startsWith('.waybill/versions/'))
    .map((key) => Number(key.split('/').at(-1)))
    .filter((version) => !lost.has(version));
}

/** Every body of every version that may be gone back to is at its key or kept; the live version's are at their keys. */
function problems(rig: Rig): string[] {
  const bodies = new Set([...rig.objects.values()].map(({ sha256 }) => sha256));
  const current = live(rig).version;
  return restorable(rig).flatMap((version) => {
    const { files = [] } = parseManifest(rig.objects.get(`.waybill/versions/${version}`)?.bytes as Uint8Array, version);
    return files
      .filter(({ key, sha256 }) =>
        version === current ? rig.objects.get(key)?.sha256 !== sha256 : !bodies.has(sha256),
      )
      .map(({ key }) => `version ${version} lacks ${key}`);
  });
}

const requests: readonly [string, PruneRequest][] = [
  ['versions', { keep: 2, olderThanMs: 0 }],
  ['removed', { removed: true }],
  ['takedown', { path: 'list.csv' }],
];
const run = async ({ rig }: Place, request: PruneRequest) => prune(await rig.session(dead), { ...applied, ...request });

/** What is there when all went well, the run's nonce and times aside. */
function outcome(rig: Rig): unknown {
  const { run: _, pruned, history, ...rest } = live(rig);
  const objects = [...rig.objects.keys()].filter((key) => !/^\.waybill\/(live|inventory|lock)$/.test(key)).sort();
  return { ...rest, begun: pruned?.versions, gone: history.map(({ version, gone }) => [version, gone]), objects };
}

const ways: readonly [string, { killed: boolean; lost: boolean }][] = [
  ['killed before', { killed: true, lost: false }],
  ['killed behind', { killed: true, lost: true }],
  ['failed at', { killed: false, lost: false }],
  ['answer lost at', { killed: false, lost: true }],
];

describe.each(requests)('a prune of %s', (name, request) => {
  test.each(ways)(
    '%s any operation: what stays is whole, and a rerun finishes',
    async (_, { killed, lost }) => {
      const deployed = await deployAll();
      const perfect = makePlace(deployed);
      await run(perfect, request);
      expect(problems(perfect.rig)).toEqual([]);
      let indices = 0;
      for (let at = 0; ; at++) {
        const place = makePlace(deployed);
        const { rig, edge } = place;
        let count = 0;
        place.strike = () => {
          const index = count++;
          if (index < at || (!killed && index > at)) return undefined;
          const error = new ProviderError('rejected', 'struck');
          if (lost && index === at) return error;
          throw error;
        };
        const end = await run(place, request).catch((error: unknown) => error);
        place.strike = () => undefined;
        if (count <= at) break;
        indices++;
        const note = `${name} at ${at}: ${String(end)}`;
        expect(problems(rig), note).toEqual([]);
        expect(rig.objects.has('foreign.txt'), note).toBe(true);
        if (end instanceof ApplyError) {
          expect(end.exitCode, note).toBe(3);
          const { removed } = end.receipt as PruneReceipt;
          const counted = removed.keys + removed.objects + removed.versions.length;
          const gone = [...deployed.keys()].filter((key) => !rig.objects.has(key)).length;
          // Nobody can count what happened behind a store that no longer answers.
          if (killed) expect(counted, note).toBeLessThanOrEqual(gone);
          else expect(counted, note).toBe(gone);
        }
        await run(place, request);
        expect(outcome(rig), note).toEqual(outcome(perfect.rig));
        for (const items of perfect.edge.taken) expect(edge.taken.flat(), note).toEqual(expect.arrayContaining(items));
        for (const version of restorable(rig)) {
          await rollback(await rig.session(dead), { ...applied, to: version });
          const wanted = sites[version - 1] as Record<string, string>;
          expect(rig.served(), note).toMatchObject(wanted);
        }
      }
      expect(indices).toBeGreaterThan(15);
    },
    120_000,
  );
});

describe('single keys that are refused', () => {
  async function refuse(matches: (key: string) => boolean): Promise<Place> {
    const place = makePlace(await deployAll());
    place.strike = ({ kind, key }) => {
      if (kind === 'remove' && matches(key)) throw new ProviderError('auth', `No permission for ${key}.`);
      return undefined;
    };
    return place;
  }

  test('are counted and named, their manifests stay, and the next prune takes them', async () => {
    const place = await refuse((key) => key === 'old-a.css');
    const before = new Set(place.rig.objects.keys());
    const error = await run(place, { keep: 2, olderThanMs: 0 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'APPLY_FAILED',
      exitCode: 3,
      cause: { code: 'PROVIDER_AUTH' },
      message: expect.stringMatching(/still there: .*old-a\.css.*No permission for old-a\.css\./),
    });
    const { removed, failed } = (error as ApplyError).receipt as PruneReceipt;
    const after = new Set(place.rig.objects.keys());
    const gone = [...before].filter((key) => !after.has(key));
    const isOf = (prefix: string) => (key: string) => key.startsWith(prefix);
    expect(removed).toMatchObject({
      keys: gone.filter((key) => !isOf('.waybill/')(key)).length,
      objects: gone.filter(isOf('.waybill/objects/')).length,
      versions: gone.filter(isOf('.waybill/versions/')).map((key) => Number(key.split('/').at(-1))),
    });
    expect(removed.versions).not.toContain(1);
    expect(failed).toMatchObject({ code: 'PROVIDER_AUTH', keys: expect.arrayContaining(['old-a.css']) });
    expect(problems(place.rig)).toEqual([]);
    // What has begun to go is no version to go back to, whatever the next prune would keep.
    await expect(rollback(await place.rig.session(dead), { ...applied, to: 1 })).rejects.toMatchObject({
      code: 'NOT_RESTORABLE',
    });
    place.strike = () => undefined;
    await run(place, { removed: true });
    expect((await run(place, { keep: 10 })).removed.versions).toContain(1);
    expect(place.rig.objects.has('old-a.css')).toBe(false);
  });
});
