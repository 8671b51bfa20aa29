import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { SignalName } from '../../src/cli/io.ts';
import { waybill } from './waybill.ts';

/** A port that nobody listens on. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Runs `waybill serve` in front of the project until the test ends. Resolves when it listens. */
export async function serveProject(cwd: string, port: number): Promise<void> {
  let end: ((signal: SignalName) => void) | undefined;
  await new Promise<void>((resolve, reject) => {
    const run = waybill(cwd, `serve --port ${port}`, {
      onStdout(_all, send) {
        end = send;
        resolve();
      },
    });
    run.then(({ stderr }) => reject(new Error(`waybill serve ended: ${stderr}`)), reject);
    onTestFinished(async () => {
      end?.('SIGINT');
      await run;
    });
  });
}
