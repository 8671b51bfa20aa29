import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { Headers } from '../../src/model.ts';
import { hash, type Snapshot, type Stored } from './snapshot.ts';

/** Below this folder the local provider keeps what a file system cannot. */
const own = join('.waybill', 'local');

/** A folder as anybody sees it; headers are those of each key's last line in the provider's journal. */
export function readFolder(root: string): Snapshot {
  if (!existsSync(root)) return new Map();
  const headers = readJournal(join(root, own, 'objects.jsonl'));
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const keys = files.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
  return new Map(
    keys
      .filter((path) => !path.startsWith(own))
      .map((path) => {
        const bytes = readFileSync(join(root, path));
        const key = path.split(sep).join('/');
        return [key, { bytes, sha256: hash(bytes), headers: headers.get(key) }] as const;
      }),
  );
}

function readJournal(file: string): Map<string, Headers> {
  const sets = new Map<string, Headers>();
  const found = new Map<string, Headers>();
  for (const line of readLines(file)) {
    const { k, h, v } = line as { k?: string; h?: string; v?: Headers };
    if (v !== undefined && h !== undefined) sets.set(h, v);
    else if (k !== undefined) found.set(k, sets.get(h ?? '') ?? {});
  }
  return found;
}

/** Complete lines of a file of JSON lines; the first one is its head. */
export function readLines(file: string): unknown[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      // Torn by a kill.
      return [];
    }
  });
}

const headerNames = {
  CacheControl: 'cache-control',
  ContentDisposition: 'content-disposition',
  ContentEncoding: 'content-encoding',
  ContentLanguage: 'content-language',
  ContentType: 'content-type',
} as const;

/** Reads a bucket with the vendor's own client. State never changes under one etag, so it is fetched once. */
export function makeBucketReader(client: S3Client, bucket: string, root: string): () => Promise<Snapshot> {
  const known = new Map<string, Stored>();
  const fetchOne = async (key: string, etag: string): Promise<Stored> => {
    const found = known.get(`${key} ${etag}`);
    if (found) return found;
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    const plain = Object.entries(headerNames).map(([field, name]) => [name, answer[field as keyof typeof headerNames]]);
    const metadata = Object.entries(answer.Metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value]);
    const all = [...plain, ...metadata].filter(([name, v]) => v !== undefined && name !== 'x-amz-meta-sha256');
    const headers = Object.fromEntries(all.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))) as Headers;
    const stored = { bytes, sha256: hash(bytes), headers };
    if (key.startsWith(`${root}.waybill/`)) known.set(`${key} ${etag}`, stored);
    return stored;
  };
  return async () => {
    const snapshot = new Map<string, Stored>();
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: root })) {
      const objects = page.Contents ?? [];
      const bodies = await Promise.all(objects.map(({ Key = '', ETag = '' }) => fetchOne(Key, ETag)));
      objects.forEach(({ Key = '' }, index) => {
        snapshot.set(Key.slice(root.length), bodies[index] as Stored);
      });
    }
    return snapshot;
  };
}
