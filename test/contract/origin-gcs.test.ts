import { randomUUID } from 'node:crypto';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tuning } from '../../providers/gcs/connection.ts';
import { gcsOrigin } from '../../providers/gcs/index.ts';
import { openGcs } from '../../providers/gcs/origin.ts';
import { type GcsServer, startGcsServer } from '../servers/gcs.ts';
import { describeOrigin, type OpenedOrigin } from './origin.ts';

const bucket = 'contract';

describe('in-repo server', () => {
  let server: GcsServer;
  beforeAll(async () => {
    server = await startGcsServer({ buckets: [bucket, 'neighbour'] });
  });
  afterAll(() => server.close());
  describeOrigin('gcs, in-repo server', () => openAt(server.endpoint));
  test('no resumable upload was left behind', () => expect(server.sessions()).toBe(0));
});

/** The emulator of firebase-tools looks at no precondition, so no server but our own proves the rows about them. */
const blind = 'the emulator ignores preconditions; proven by the in-repo server alone';
const emulatorGaps = {
  'ifMatch on create': blind,
  'ifMatch on replace': blind,
  'one winner on create': blind,
  'one winner on replace': blind,
  'ifMatch on big bodies': blind,
  'source etag on copy': blind,
  'ifMatch on copy': blind,
};

const emulator = process.env.WAYBILL_TEST_GCS;
if (emulator === undefined) {
  console.info('not covered: gcs at a server of others: set WAYBILL_TEST_GCS=http://127.0.0.1:PORT');
} else {
  // It takes the first chunk of an upload for the whole.
  const tuning = { chunkBytes: 32 * 2 ** 20, memoryBytes: 128 * 2 ** 20 };
  describe('emulator of firebase-tools', () =>
    describeOrigin('gcs, emulator of firebase-tools', () => openAt(emulator, tuning), {
      gaps: emulatorGaps,
      manyKeys: 1001,
    }));
}

async function openAt(endpoint: string, tuning: Partial<Tuning> = {}): Promise<OpenedOrigin> {
  const prefix = `site/${randomUUID()}`;
  const raw = { bucket, prefix, endpoint };
  const open = (name: string) => {
    const options = gcsOrigin.parse({ ...raw, bucket: name }, 'origin') as Parameters<typeof openGcs>[0];
    return openGcs(options, { env: {}, directory: '/' }, tuning);
  };
  const somebodyElse = new Storage({ apiEndpoint: endpoint });
  return {
    origin: await open(bucket),
    neighbour: () => open('neighbour'),
    foreign: (key, bytes) =>
      somebodyElse.bucket(bucket).file(`${prefix}/${key}`).save(Buffer.from(bytes), { resumable: false }),
  };
}
