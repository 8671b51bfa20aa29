import { compareUtf8 } from '../../src/byte-order.ts';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, KeyRange, StoredObject } from '../../src/provider/contract.ts';
import { bareEtag, type Connection, nameBucket, send, sendLean } from './connection.ts';
import type { Lane } from './lean/lane.ts';
import { type Page, parsePage } from './lean/page.ts';
import { escapeUri } from './lean/route.ts';

/** Pages of 1,000 keys, the most that S3 gives: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function* listPages(
  connection: Connection,
  range: KeyRange,
  call: Call,
): AsyncIterable<readonly StoredObject[]> {
  let token: string | undefined;
  for (;;) {
    const page = await readPage(connection, range, token, call);
    const objects = page.Contents.map(({ Key, Size, ETag }) => ({
      key: Key.slice(connection.root.length),
      size: Size,
      etag: bareEtag(ETag),
    }));
    const { isLast, inRange } = cut(objects, range.until);
    if (inRange.length > 0) yield inRange;
    if (isLast || !page.IsTruncated) return;
    if (page.NextContinuationToken === undefined || page.NextContinuationToken === token) {
      throw new ProviderError('rejected', `${nameBucket(connection)}: the listing is cut off without saying where.`);
    }
    token = page.NextContinuationToken;
  }
}

/** What of a page is in the range, and whether nothing after it can be. */
function cut(
  objects: readonly StoredObject[],
  until: string | undefined,
): { isLast: boolean; inRange: readonly StoredObject[] } {
  // Consoles leave an empty object that is named like the folder; it comes first.
  const own = objects[0]?.key === '' ? objects.slice(1) : objects;
  const last = own.at(-1)?.key;
  if (until === undefined || last === undefined || compareUtf8(last, until) < 0) return { isLast: false, inRange: own };
  return { isLast: true, inRange: own.filter(({ key }) => compareUtf8(key, until) <= 0) };
}

async function readPage(connection: Connection, range: KeyRange, token: string | undefined, call: Call): Promise<Page> {
  const lane = await connection.access.lane();
  const what = { action: 'list', key: range.prefix } as const;
  const page =
    lane && (await sendLean(connection, call, what, (signal) => pageLean(lane, connection, { range, token }, signal)));
  return page ?? pageBySdk(connection, range, token, call);
}

interface Asked {
  readonly range: KeyRange;
  readonly token: string | undefined;
}

async function pageLean(
  lane: Lane,
  { root }: Connection,
  { range: { prefix, after }, token }: Asked,
  signal: AbortSignal,
): Promise<Page | undefined> {
  const query = [
    ...(token === undefined ? [] : [`continuation-token=${escapeUri(token)}`]),
    // XML cannot carry every character that a key may have.
    'encoding-type=url',
    'list-type=2',
    `prefix=${escapeUri(root + prefix)}`,
    ...(after === undefined ? [] : [`start-after=${escapeUri(root + after)}`]),
  ];
  const { body } = await lane.send({ method: 'GET', key: '', query: query.join('&') }, signal);
  return parsePage(body);
}

async function pageBySdk(
  connection: Connection,
  range: KeyRange,
  token: string | undefined,
  call: Call,
): Promise<Page> {
  const { options, root } = connection;
  const input = {
    Bucket: options.bucket,
    Prefix: root + range.prefix,
    EncodingType: 'url' as const,
    ...(range.after === undefined ? {} : { StartAfter: root + range.after }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
  };
  const page = await send(connection, call, { action: 'list', key: range.prefix }, ({ sdk, client }, o) =>
    client.send(new sdk.ListObjectsV2Command(input), o),
  );
  return {
    Contents: (page.Contents ?? []).map(({ Key = '', Size = 0, ETag = '' }) => ({
      Key: page.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key,
      Size,
      ETag,
    })),
    IsTruncated: page.IsTruncated ?? false,
    NextContinuationToken: page.NextContinuationToken,
  };
}
