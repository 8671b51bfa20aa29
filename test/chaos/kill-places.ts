import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { startCloudFrontServer } from '../servers/cloudfront.ts';
import { startFaultProxy } from '../servers/fault-proxy.ts';
import { spawnServer } from '../servers/spawn.ts';
import { makeTree, writeTree } from '../temp.ts';
import { makeBucketReader, readFolder, readLines } from './read-store.ts';
import type { Snapshot } from './snapshot.ts';
import type { OnEvent } from './victim.ts';

/** A project with the environments `dev` and `prod` on one store, nothing deployed yet. */
export interface KillPlace {
  readonly cwd: string;
  /** What stands at `prod`, read past our own code. */
  snapshot(): Promise<Snapshot>;
  /** All items that prod's edge was told to forget, oldest first. */
  told(): readonly string[];
  /** Called at each request of the runs; absent where there are none to see. */
  readonly listen?: (onEvent: OnEvent) => void;
}

export interface KillStore {
  readonly name: string;
  open(serial: number): Promise<KillPlace>;
}

const urls = { dev: 'http://127.0.0.1:4101/dev/', prod: 'http://127.0.0.1:4101/prod/' };

function makeProject(environments: object): string {
  const config = { project: 'chaos', sources: [{ kind: 'directory', path: 'site' }], environments };
  const cwd = makeTree();
  mkdirSync(join(cwd, 'site'));
  writeTree(cwd, { 'waybill.config.json': JSON.stringify(config) });
  return cwd;
}

export const localStore: KillStore = {
  name: 'local',
  async open() {
    const origin = (prefix: string) => ({ use: 'local', directory: 'cdn', prefix });
    const cwd = makeProject({
      dev: { origin: origin('dev'), url: urls.dev },
      prod: { origin: origin('prod'), url: urls.prod },
    });
    const root = join(cwd, 'cdn/prod');
    const lines = () => readLines(join(root, '.waybill/local/invalidations.jsonl')) as { items?: string[] }[];
    return {
      cwd,
      snapshot: async () => readFolder(root),
      told: () => lines().flatMap(({ items }) => items ?? []),
    };
  },
};

interface Endpoint {
  readonly endpoint: string;
  readonly region: string;
}

/** The in-repo S3 server, in a process of its own. */
export async function startOwnS3(): Promise<KillStore> {
  const server = await spawnServer('s3-main.ts', { buckets: ['chaos'] });
  onTestFinished(() => server.close());
  return s3Store('S3', { endpoint: server.endpoint, region: 'us-east-1' }, 'chaos');
}

/** Servers of others, as `WAYBILL_TEST_S3` names them. */
export async function openOthersS3(setting: string): Promise<KillStore[]> {
  const entries = setting.split(',').filter((entry) => entry.startsWith('radosgw='));
  return Promise.all(
    entries.map(async (entry) => {
      const [name = '', where = ''] = entry.split('=');
      const [endpoint = '', , , region = ''] = where.split('|');
      const bucket = `waybill-chaos-${Date.now()}`;
      await connect({ endpoint, region }).send(new CreateBucketCommand({ Bucket: bucket }));
      return s3Store(name, { endpoint, region }, bucket);
    }),
  );
}

function connect({ endpoint, region }: Endpoint): S3Client {
  const credentials = { accessKeyId: 'testaccess', secretAccessKey: 'testsecret123' };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  onTestFinished(() => client.destroy());
  return client;
}

function s3Store(name: string, server: Endpoint, bucket: string): KillStore {
  const client = connect(server);
  return {
    name,
    async open(serial) {
      let onEvent: OnEvent = () => false;
      const cloudfront = await startCloudFrontServer({
        distributions: ['DEV', 'PROD'],
        fault: () => (onEvent() ? { status: 503, code: 'ServiceUnavailable' } : undefined),
      });
      onTestFinished(() => cloudfront.close());
      const proxy = await startFaultProxy({
        target: server.endpoint,
        fault: () => (onEvent() ? { kind: 'reset' } : undefined),
      });
      onTestFinished(() => proxy.close());
      const common = { use: 's3', bucket, region: server.region, endpoint: proxy.endpoint, pathStyle: true };
      const environment = (env: 'dev' | 'prod') => ({
        origin: { ...common, prefix: `${serial}/${env}` },
        edge: { use: 'cloudfront', distributionId: env.toUpperCase(), endpoint: cloudfront.endpoint },
        url: urls[env],
      });
      return {
        cwd: makeProject({ dev: environment('dev'), prod: environment('prod') }),
        snapshot: makeBucketReader(client, bucket, `${serial}/prod/`),
        told: () => cloudfront.accepted('PROD'),
        listen(listener) {
          onEvent = listener;
        },
      };
    },
  };
}
