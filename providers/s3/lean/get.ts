import type { ReadFields } from '../headers.ts';
import type { Lane } from './lane.ts';
import { encodePath } from './route.ts';
import type { Answer } from './wire.ts';

/** What a HEAD or a GET tells of an object, in the SDK's words. */
export interface Found extends ReadFields {
  readonly ContentLength: number;
  readonly ETag: string | undefined;
  /** Both by the store's clock; NaN where it does not say. */
  readonly now: number;
  readonly modified: number;
}

export interface FoundBody extends Found {
  readonly Body: AsyncIterable<Uint8Array>;
}

export async function headLean(lane: Lane, key: string, signal: AbortSignal): Promise<Found> {
  return readFound(await lane.send({ method: 'HEAD', key: encodePath(key) }, signal));
}

export async function getLean(lane: Lane, key: string, signal: AbortSignal): Promise<FoundBody> {
  const answer = await lane.open({ method: 'GET', key: encodePath(key) }, signal);
  return { ...readFound(answer), Body: answer.body };
}

const metaPrefix = 'x-amz-meta-';

function readFound({ headers }: Answer): Found {
  const Metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(metaPrefix) && value !== undefined) Metadata[name.slice(metaPrefix.length)] = value;
  }
  return {
    ContentLength: Number(headers['content-length'] ?? 0),
    ETag: headers.etag,
    CacheControl: headers['cache-control'],
    ContentDisposition: headers['content-disposition'],
    ContentEncoding: headers['content-encoding'],
    ContentLanguage: headers['content-language'],
    ContentType: headers['content-type'],
    ExpiresString: headers.expires,
    Metadata,
    now: Date.parse(headers.date ?? ''),
    modified: Date.parse(headers['last-modified'] ?? ''),
  };
}
