import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { spawnServer } from '../servers/spawn.ts';
import { makeTree } from '../temp.ts';

const run = promisify(execFile);
const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' };

async function upload(work: { files: number; fileBytes: number; concurrency: number }) {
  const server = await spawnServer('s3-main.ts');
  onTestFinished(() => server.close());
  const outfile = join(makeTree(), 'client.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../servers/s3-client-main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    // The SDK's CommonJS parts ask for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const { stdout, stderr } = await run(
    process.execPath,
    [outfile, JSON.stringify({ endpoint: server.endpoint, ...work })],
    { env },
  );
  return { stderr, ...(JSON.parse(stdout) as { seconds: number; peakMiB: number }) };
}

test.each([
  { files: 1, fileBytes: 300_000_000, concurrency: 1 },
  { files: 40, fileBytes: 15_000_000, concurrency: 40 },
])('$files of $fileBytes bytes at once: 250 MB of memory at most', async (work) => {
  const { peakMiB, stderr } = await upload(work);
  expect(peakMiB).toBeLessThan(250 * (1e6 / 2 ** 20));
  expect(stderr).toBe('');
});

test('the SDK warns nobody: many files at once, and not a line on stderr', async () => {
  const { stderr } = await upload({ files: 300, fileBytes: 10_000, concurrency: 64 });
  expect(stderr).toBe('');
});
