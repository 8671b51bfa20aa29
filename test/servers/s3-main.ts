import { startS3Server } from './s3.ts';

/**
 * The server as a process of its own: `{port, buckets, kms, …}` as JSON in the first argument, its endpoint on the first line of
 * stdout. Ends when its stdin does, so that it never outlives whoever started it.
 */
const server = await startS3Server(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${server.endpoint}\n`);
process.stdin.resume().on('end', async () => {
  await server.close();
  process.exit(0);
});
