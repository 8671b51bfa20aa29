import { onTestFinished } from 'vitest';
import type { Tuning } from '../../providers/gcs/connection.ts';
import { gcsOrigin } from '../../providers/gcs/index.ts';
import { openGcs } from '../../providers/gcs/origin.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { type GcsServer, type GcsServerOptions, startGcsServer } from '../servers/gcs.ts';

export interface Opened {
  readonly server: GcsServer;
  readonly origin: Origin;
  /** Names of the operations that came in since the last call, in order. */
  operations(): string[];
}

/** A server and an origin on it, under the prefix `site`; both are closed when the test ends. */
export async function openOnServer(
  setup: { server?: GcsServerOptions; tuning?: Partial<Tuning>; env?: Record<string, string> } = {},
): Promise<Opened> {
  const server = await startGcsServer(setup.server);
  onTestFinished(() => server.close());
  const raw = { bucket: 'test-bucket', prefix: 'site', endpoint: server.endpoint };
  const options = gcsOrigin.parse(raw, 'origin') as Parameters<typeof openGcs>[0];
  const origin = await openGcs(options, { env: setup.env ?? {}, directory: '/' }, setup.tuning);
  onTestFinished(() => origin.close?.());
  let seen = 0;
  return {
    server,
    origin,
    operations() {
      const names = server.requests.slice(seen).map(({ operation }) => operation);
      seen = server.requests.length;
      return names;
    },
  };
}
