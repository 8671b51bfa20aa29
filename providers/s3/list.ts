import { compareUtf8 } from '../../src/byte-order.ts';
import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, KeyRange, StoredObject } from '../../src/provider/contract.ts';
import { bareEtag, type Connection, nameBucket, send } from './connection.ts';

/** Pages of 1,000 keys, the most that S3 gives: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function* listObjects(connection: Connection, range: KeyRange, call: Call): AsyncIterable<StoredObject> {
  const { options, root } = connection;
  let token: string | undefined;
  for (;;) {
    const input = {
      Bucket: options.bucket,
      Prefix: root + range.prefix,
      // XML cannot carry every character that a key may have.
      EncodingType: 'url' as const,
      ...(range.after === undefined ? {} : { StartAfter: root + range.after }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    };
    const what = { action: 'list', key: range.prefix } as const;
    const page = await send(connection, call, what, ({ sdk, client }, o) =>
      client.send(new sdk.ListObjectsV2Command(input), o),
    );
    for (const { Key = '', Size = 0, ETag } of page.Contents ?? []) {
      const full = page.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key;
      const key = full.slice(root.length);
      if (range.until !== undefined && compareUtf8(key, range.until) > 0) return;
      // Consoles leave an empty object that is named like the folder.
      if (key !== '') yield { key, size: Size, etag: bareEtag(ETag) };
    }
    if (!page.IsTruncated) return;
    if (page.NextContinuationToken === undefined || page.NextContinuationToken === token) {
      throw new ProviderError('rejected', `${nameBucket(connection)}: the listing is cut off without saying where.`);
    }
    token = page.NextContinuationToken;
  }
}
