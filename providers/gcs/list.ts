import { compareUtf8 } from '../../src/byte-order.ts';
import type { Call, KeyRange, StoredObject } from '../../src/provider/contract.ts';
import { inUtf8Order } from '../../src/provider/utf8-order.ts';
import { type Connection, objectsPath, sendForJson } from './connection.ts';
import { type Generations, toEtag } from './etag.ts';

interface Page {
  readonly items?: readonly (Generations & { readonly name: string; readonly size?: string })[];
  readonly nextPageToken?: string;
}

/** Pages of 1,000 objects, by UTF-8 bytes: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export async function* listObjects(connection: Connection, range: KeyRange, call: Call): AsyncIterable<StoredObject> {
  const { after, until } = range;
  for await (const object of inUtf8Order(listPages(connection, range, call))) {
    if (until !== undefined && compareUtf8(object.key, until) > 0) return;
    if (after === undefined || compareUtf8(object.key, after) > 0) yield object;
  }
}

async function* listPages(
  connection: Connection,
  { prefix, after }: KeyRange,
  call: Call,
): AsyncIterable<StoredObject> {
  const { root } = connection;
  let pageToken: string | undefined;
  do {
    const query = {
      prefix: root + prefix,
      fields: 'items(name,size,generation,metageneration),nextPageToken',
      maxResults: '1000',
      // Inclusive, so the key itself is left out by the caller.
      startOffset: after === undefined ? undefined : root + after,
      pageToken,
    };
    const request = { method: 'GET', path: objectsPath(connection), query } as const;
    const page = await sendForJson<Page>(connection, call, { action: 'list', key: prefix }, request);
    for (const item of page.items ?? []) {
      const key = item.name.slice(root.length);
      // Consoles leave an empty object that is named like the folder.
      if (key !== '') yield { key, size: Number(item.size ?? 0), etag: toEtag(item) };
    }
    pageToken = page.nextPageToken;
  } while (pageToken);
}
