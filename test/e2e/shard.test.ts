import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { startS3Server } from '../servers/s3.ts';
import { aws } from '../servers/stores.ts';
import { makeTree, writeTree } from '../temp.ts';
import { bin, environmentForRuns, type Finished, findPort, run, serve } from './waybill.ts';

const files: Readonly<Record<string, string>> = {
  'index.html': '<script src="js/app-3f9ab1c2.js"></script>',
  'js/app-3f9ab1c2.js': 'console.log(1)',
  ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`css/f${i}.css`, `.f${i} { top: ${i % 50}px }`])),
};
const pipeline = { GITLAB_CI: 'true', CI_PIPELINE_URL: 'https://ci.example/pipelines/7' };

interface Place {
  readonly origin: object;
  readonly env: Readonly<Record<string, string>>;
  /** MD5 of what stands at a key; `undefined` where nothing does. */
  stored(key: string): string | undefined;
  readonly url: string;
  readonly isServed: boolean;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async s3() {
    const server = await startS3Server({ buckets: ['shop'] });
    onTestFinished(() => server.close());
    return {
      origin: { use: 's3', bucket: 'shop', region: 'us-east-1', endpoint: server.endpoint, pathStyle: true },
      env: aws,
      stored: (key) => server.objects('shop').get(key)?.etag,
      url: 'https://static.shop.example/',
      isServed: false,
    };
  },
  async local() {
    const directory = makeTree();
    const url = `http://127.0.0.1:${await findPort()}/static/`;
    return { origin: { use: 'local', directory }, env: {}, stored: () => undefined, url, isServed: true };
  },
};

/** A checkout of its own: another folder, other mtimes. */
function checkOut(place: Place, nth: number, changes: Readonly<Record<string, string>> = {}): string {
  const cwd = makeTree();
  const config = {
    project: 'shop',
    sources: [{ kind: 'directory', path: 'site' }],
    environments: { dev: { origin: place.origin, url: place.url, edge: [] } },
  };
  const site = Object.fromEntries(
    Object.entries({ ...files, ...changes }).map(([path, text]) => [`site/${path}`, text]),
  );
  writeTree(cwd, { ...site, 'waybill.config.json': JSON.stringify(config) });
  for (const path of Object.keys(site)) utimesSync(join(cwd, path), 1_600_000_000 + nth, 1_700_000_000 + nth);
  return cwd;
}

const sha256 = (text: string): string => hash('sha256', text, 'hex');

describe.each(Object.keys(places))('shards as processes of their own, at %s', (name) => {
  const open = places[name] as () => Promise<Place>;

  function waybill(place: Place, cwd: string, line: string): Promise<Finished> {
    const env = { ...place.env, ...pipeline, WAYBILL_CACHE_DIR: join(cwd, 'cache') };
    return run(process.execPath, [bin, ...line.split(' ')], { cwd, env });
  }

  const shard = (place: Place, cwd: string, index: number): Promise<Finished> =>
    waybill(place, cwd, `deploy --stage --shard ${index}/3 --json`);

  const receiptOf = ({ code, stdout, stderr }: Finished): Receipt => {
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Receipt;
  };

  /** Each file as visitors get it. */
  async function expectServed(place: Place, cwd: string): Promise<void> {
    if (place.isServed) {
      await serve(cwd, place.url);
      for (const [path, text] of Object.entries(files)) {
        const answer = await fetch(`${place.url}${path}`);
        expect({ status: answer.status, text: await answer.text() }, path).toEqual({ status: 200, text });
      }
    } else {
      for (const [path, text] of Object.entries(files)) expect(place.stored(path), path).toBe(hash('md5', text, 'hex'));
    }
  }

  /** Two shards that are through and a third that was killed while it wrote. A kill that comes too late shows nothing, so it is tried anew. */
  async function breakThird(): Promise<{ place: Place; folders: [string, string, string] }> {
    for (;;) {
      const place = await open();
      const folders = [1, 2, 3].map((nth) => checkOut(place, nth)) as [string, string, string];
      await Promise.all([shard(place, folders[0], 1), shard(place, folders[1], 2)]);
      const child = spawn(
        process.execPath,
        [bin, 'deploy', '--stage', '--shard', '3/3', '--debug', '--concurrency', '1'],
        {
          cwd: folders[2],
          env: { ...environmentForRuns, ...place.env, ...pipeline },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('write .waybill/objects/')) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const { staging } = JSON.parse((await waybill(place, folders[0], 'status --json')).stdout);
      if (child.signalCode === 'SIGKILL' && staging[0]?.missing.includes(3)) return { place, folders };
    }
  }

  test('three that start together, from folders of their own, stage one version', async () => {
    const place = await open();
    const folders = [1, 2, 3].map((nth) => checkOut(place, nth));
    const receipts = (await Promise.all(folders.map((cwd, i) => shard(place, cwd, i + 1)))).map(receiptOf);
    expect(receipts.map(({ version }) => version)).toEqual([1, 1, 1]);
    expect(new Set(receipts.map((one) => one.shard?.digest)).size).toBe(1);
    expect(receipts.some(({ staged }) => staged)).toBe(true);
    // Each file once, shared out evenly.
    expect(receipts.map(({ uploaded }) => uploaded.files).reduce((a, b) => a + b)).toBe(62);
    for (const { uploaded } of receipts) expect(uploaded.files).toBeGreaterThan(15);
    const live = receiptOf(await waybill(place, folders[0] as string, 'activate --to 1 --json'));
    expect(live).toMatchObject({ version: 1, previous: null, uploaded: { files: 0 } });
    await expectServed(place, folders[0] as string);
  });

  test('one that is killed is finished by its rerun; activate before that is exit 4; prune beside takes nothing', async () => {
    const { place, folders } = await breakThird();
    const [one, two, three] = folders;
    const early = await waybill(place, one, 'activate --to 1 --json');
    expect(early.code).toBe(4);
    expect(JSON.parse(early.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      code: 'STAGE_INCOMPLETE',
      message: expect.stringContaining('part 3 of 3 missing'),
    });
    const [pruned, rerun] = await Promise.all([
      waybill(place, two, 'prune --keep 1 --older-than 0 --json'),
      shard(place, three, 3),
    ]);
    expect(JSON.parse(pruned.stdout)).toMatchObject({ removed: { keys: 0, objects: 0, versions: [] } });
    expect(receiptOf(rerun)).toMatchObject({ version: 1, staged: true });
    const again = receiptOf(await shard(place, three, 3));
    expect(again).toMatchObject({ version: 1, staged: true, requests: { write: 0, copy: 0 } });
    receiptOf(await waybill(place, one, 'activate --to 1 --json'));
    await expectServed(place, one);
  });

  test('one with other content is exit 5 and names the file; the text says what comes next', async () => {
    const place = await open();
    const first = await waybill(place, checkOut(place, 1), 'deploy --stage --shard 1/3');
    expect(first.stdout).toContain('Part 1/3 of version 1 is in place in dev; 2 parts missing.');
    expect(first.stdout).toMatch(/missing +2, 3/);
    expect(first.stdout).toContain('waybill deploy --env dev --stage --shard 2/3');
    const other = await waybill(place, checkOut(place, 2, { 'css/f7.css': 'other' }), 'deploy --stage --shard 2/3');
    expect(other.code).toBe(5);
    expect(other.stderr).toContain('SHARDS_DIFFER');
    expect(other.stderr).toContain(`css/f7.css has sha256 ${sha256('other')} in shard 2/3`);
    expect(other.stderr).toContain(`${sha256(files['css/f7.css'] as string)} in shard 1/3`);
  });
});
