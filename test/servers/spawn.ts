import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface SpawnedServer {
  readonly endpoint: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** Starts a server of this folder (`s3-main.ts`) in a process of its own; Node 20 cannot run TypeScript, so it is bundled first. */
export async function spawnServer(file: string, options: object = {}): Promise<SpawnedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-server-'));
  const outfile = join(folder, 'main.mjs');
  const entry = join(dirname(fileURLToPath(import.meta.url)), file);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
  const child = spawn(process.execPath, [outfile, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}.`)));
  });
  return {
    endpoint,
    pid: child.pid ?? 0,
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
