import { createHash } from 'node:crypto';
import { s3Origin } from '../../providers/s3/index.ts';
import type { NewObject } from '../../src/provider/contract.ts';

/**
 * A client in a process of its own, for what only a process can show: its memory and its stderr. The first argument is
 * `{endpoint, files, fileBytes, concurrency}`; prints `{seconds, peakMiB}`.
 */
const { endpoint, files, fileBytes, concurrency } = JSON.parse(process.argv[2] ?? '{}');
const raw = { bucket: 'test-bucket', endpoint, region: 'us-east-1', concurrency };
const origin = await s3Origin.open(s3Origin.parse(raw, 'origin'), { env: process.env, directory: '/' });
const { signal } = new AbortController();
const started = performance.now();
const object = (key: string): NewObject => {
  const sha256 = hashPattern(fileBytes);
  const body = {
    size: fileBytes,
    sha256,
    bytes: async () => pattern(0, fileBytes),
    chunks: (size: number) => chunks(size),
  };
  return { key, sha256, size: fileBytes, headers: { 'content-type': 'text/plain' }, visibility: 'public', body };
};
const sample = object('sample');
let next = 0;
const worker = async () => {
  while (next < files) await origin.write({ ...sample, key: `file/${next++}` }, { signal });
};
await Promise.all(Array.from({ length: concurrency }, worker));
const seconds = (performance.now() - started) / 1000;
await origin.close?.();
process.stdout.write(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));

function pattern(at: number, size: number): Uint8Array {
  return Buffer.alloc(size, `${at} `);
}

async function* chunks(size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < fileBytes; at += size) yield pattern(at, Math.min(size, fileBytes - at));
}

/** The store compares what is sent in one piece; of what goes up in parts nobody reads the digest. */
function hashPattern(size: number): string {
  const text = size < 2 ** 24 ? pattern(0, size) : String(size);
  return createHash('sha256').update(text).digest('hex');
}
