import { createInterface } from 'node:readline';
import { startS3Server } from './s3.ts';

/**
 * The server as a process of its own: `{port, buckets, kms, …}` as JSON in the first argument, its endpoint on the first line of
 * stdout. Each line on stdin is answered with what was asked for since the last one, as `{"PutObject": 3}`. Ends when its stdin does, so
 * that it never outlives whoever started it.
 */
let counts: Record<string, number> = {};
const server = await startS3Server({
  ...JSON.parse(process.argv[2] ?? '{}'),
  onRequest: ({ operation }) => {
    counts[operation] = (counts[operation] ?? 0) + 1;
    // Nobody reads them here, and a hundred thousand are a burden.
    server.requests.length = 0;
    return undefined;
  },
});
process.stdout.write(`${server.endpoint}\n`);
createInterface({ input: process.stdin })
  .on('line', () => {
    process.stdout.write(`${JSON.stringify(counts)}\n`);
    counts = {};
  })
  .on('close', async () => {
    await server.close();
    process.exit(0);
  });
