import { onTestFinished } from 'vitest';
import type { Tuning } from '../../providers/s3/connection.ts';
import { s3Origin } from '../../providers/s3/index.ts';
import { openS3 } from '../../providers/s3/origin.ts';
import type { Origin } from '../../src/provider/contract.ts';
import { type S3Server, type S3ServerOptions, startS3Server } from '../servers/s3.ts';

export interface Opened {
  readonly server: S3Server;
  readonly origin: Origin;
  /** Names of the operations that came in since the last call, in order. */
  operations(): string[];
}

/** A server and an origin on it, under the prefix `site`; both are closed when the test ends. */
export async function openOnServer(
  setup: {
    server?: S3ServerOptions;
    raw?: object;
    tuning?: Partial<Tuning>;
    env?: Readonly<Record<string, string | undefined>>;
  } = {},
): Promise<Opened> {
  const server = await startS3Server(setup.server);
  onTestFinished(() => server.close());
  const origin = await openAt(server.endpoint, setup.raw, setup.tuning, setup.env);
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

/** What the short way needs to be taken from the first request on; without it, credentials are the SDK's affair. */
export const credentials = { AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' };

export async function openAt(
  endpoint: string,
  raw: object = {},
  tuning: Partial<Tuning> = {},
  env: Readonly<Record<string, string | undefined>> = credentials,
): Promise<Origin> {
  Object.assign(process.env, credentials);
  const options = s3Origin.parse(
    { bucket: 'test-bucket', prefix: 'site', region: 'us-east-1', endpoint, ...raw },
    'origin',
  );
  const origin = await openS3(options as Parameters<typeof openS3>[0], { env, directory: '/' }, tuning);
  onTestFinished(() => origin.close?.());
  return origin;
}
