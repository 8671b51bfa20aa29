// Processes that stand between the clients and their bytes; each talks in lines and ends with us.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from '../root.mjs';

export const testCredentials = { accessKeyId: 'testaccess', secretAccessKey: 'testsecret123', region: 'us-east-1' };

/** Node 20 cannot run TypeScript. */
export async function bundleServer(folder) {
  const outfile = join(folder, 's3-main.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['test/servers/s3-main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  return outfile;
}

/** The tests' S3; `TMPDIR` keeps its large bodies beside the workloads. */
export function startServer(bundle, folder, buckets) {
  return startLines([bundle, JSON.stringify({ buckets })], { ...process.env, TMPDIR: folder });
}

export function startProxy(target, roundTripMs) {
  return startLines(
    [fileURLToPath(new URL('delay-proxy.mjs', import.meta.url)), target, String(roundTripMs)],
    process.env,
  );
}

/** `address`: its first line. `ask` resolves with what it counted since the last time, by operation or method. */
async function startLines(args, env) {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${args[0]} ended early`);
    return value;
  };
  const address = await nextLine();
  return {
    address,
    ask: async () => {
      child.stdin.write('\n');
      return JSON.parse(await nextLine());
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
