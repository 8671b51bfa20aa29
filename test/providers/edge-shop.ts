import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { parseJson, type Run, renderConfig, waybill } from '../cli/waybill.ts';
import type { RealEdge } from '../servers/debian-edge.ts';
import { startS3Server } from '../servers/s3.ts';
import { makeTree, writeTree } from '../temp.ts';

export const tokens = { FASTLY_API_TOKEN: 'test-token', PURGE_TOKEN: 'test-token' };

export interface Got {
  readonly status: number;
  readonly text: string;
  /** HIT or MISS, as the edge says. */
  readonly cache: string | null;
}

/** A site at an S3 origin behind a real edge. */
export interface Shop {
  readonly edge: RealEdge;
  /** Fetches through the edge. */
  get(path: string): Promise<Got>;
  /** Fetches until the edge has it. */
  warm(...paths: readonly string[]): Promise<void>;
  setFiles(files: Readonly<Record<string, string>>): void;
  /** Runs a command that must succeed and gives its document. */
  run(line: string): Promise<Record<string, unknown>>;
  /** Runs a command with other variables, whatever comes of it. */
  try(line: string, env: Readonly<Record<string, string>>): Promise<Run>;
}

/** Deploys `files` to an in-repo S3 server behind the edge that `start` starts; `describeEdge` gives the `edge` of the configuration. */
export async function openShop(
  start: (originPort: number) => Promise<RealEdge>,
  describeEdge: (edge: RealEdge) => object,
  files: Readonly<Record<string, string>>,
): Promise<Shop> {
  const origin = await startS3Server({ buckets: ['shop'] });
  const edge = await start(Number(new URL(origin.endpoint).port));
  onTestFinished(async () => {
    await edge.close();
    await origin.close();
    vi.unstubAllEnvs();
  });
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'testaccess');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testsecret123');
  // Visitors use another name than purges do, so that a purge which forgets the public host misses.
  const url = `${edge.endpoint.replace('127.0.0.1', 'localhost')}/shop/static/`;
  const s3 = { use: 's3', bucket: 'shop', region: 'us-east-1', prefix: 'static', endpoint: origin.endpoint };
  const production = { origin: { ...s3, pathStyle: true, acl: 'public-read' }, edge: describeEdge(edge), url };
  const directory = makeTree({ 'waybill.config.json': renderConfig({ prod: production }) });

  const shop: Shop = {
    edge,
    async get(path) {
      const answer = await fetch(url + path);
      return { status: answer.status, text: await answer.text(), cache: answer.headers.get('x-cache') };
    },
    async warm(...paths) {
      for (const path of paths) {
        await shop.get(path);
        expect(await shop.get(path), path).toMatchObject({ cache: 'HIT' });
      }
    },
    setFiles(next) {
      rmSync(join(directory, 'site'), { recursive: true, force: true });
      writeTree(join(directory, 'site'), next);
    },
    async run(line) {
      const done = await waybill(directory, `${line} --env prod --json`, { env: tokens });
      expect(done, done.stderr).toMatchObject({ code: 0 });
      return parseJson(done);
    },
    try: (line, env) => waybill(directory, `${line} --env prod`, { env }),
  };
  shop.setFiles(files);
  await shop.run('deploy');
  return shop;
}
