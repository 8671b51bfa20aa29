import { onTestFinished } from 'vitest';
import { openAt } from '../providers/s3-open.ts';
import { makeRig, type Rig } from '../rig.ts';
import { type Fault, type ProxiedRequest, startFaultProxy } from '../servers/fault-proxy.ts';
import { startS3Server } from '../servers/s3.ts';
import type { S3Object } from '../servers/s3-store.ts';
import { EdgeModel } from './edge-model.ts';
import { s1, universe, type World } from './scenarios.ts';
import { type Snapshot, snapshotServer } from './snapshot.ts';

export interface S3World extends World {
  snapshot(): Promise<Snapshot>;
  /** What goes wrong with each request at this world's bucket; they are counted from 0. */
  fault: (request: ProxiedRequest, index: number) => Fault | undefined;
  /** Counts from 0 again, and tells how many there were. */
  restart(): number;
}

export interface S3Worlds {
  /** With the objects of the bucket `from`, or empty. */
  open(bucket: string, from?: string): Promise<S3World>;
}

/** How long a silent socket is waited for: long for this machine when it is busy, short for a test. */
const socketTimeoutMs = 700;

/** One server for many worlds, each a bucket of its own, and a proxy before it that breaks their requests. */
export async function startS3Worlds(options: { readonly retryBudgetMs: number }): Promise<S3Worlds> {
  const server = await startS3Server({ buckets: ['empty'] });
  onTestFinished(() => server.close());
  const worlds = new Map<string, (request: ProxiedRequest) => Fault | undefined>();
  const proxy = await startFaultProxy({
    target: server.endpoint,
    fault: (request) => worlds.get(request.path.split(/[/?]/)[1] ?? '')?.(request),
  });
  onTestFinished(() => proxy.close());
  return {
    async open(bucket, from = 'empty') {
      server.copyBucket(from, bucket);
      const objects = () => server.objects(bucket);
      const model = new EdgeModel(universe, () => textsOf(objects(), 'static/'));
      const open = (prefix: string) => openAt(proxy.endpoint, { bucket, prefix }, { socketTimeoutMs });
      const more = { retryBudgetMs: options.retryBudgetMs };
      const rig = makeRig({ files: { x: 'x' }, edges: [model.edge], origin: await open('static'), ...more });
      const source = makeRig({ files: s1, origin: await open('dev'), url: 'https://dev.example/', ...more });
      let count = 0;
      const world: S3World = {
        rig,
        source: source as Rig,
        model,
        snapshot: () => snapshotServer(objects(), 'static/'),
        damage: () => {
          throw new Error('not for S3');
        },
        fault: () => undefined,
        restart() {
          const before = count;
          count = 0;
          return before;
        },
      };
      worlds.set(bucket, (request) => {
        model.visit();
        return world.fault(request, count++);
      });
      return world;
    },
  };
}

function textsOf(objects: ReadonlyMap<string, S3Object>, root: string): Map<string, string> {
  const found = [...objects].filter(([key]) => key.startsWith(root) && !key.startsWith(`${root}.waybill/`));
  return new Map(
    found.map(([key, { content, headers }]) => [
      key.slice(root.length),
      `${content.md5.toString('hex')} ${JSON.stringify(Object.entries(headers).sort())}`,
    ]),
  );
}
