import { compareUtf8 } from '../../src/byte-order.ts';
import type { Call, KeyRange, StoredObject } from '../../src/provider/contract.ts';
import { inUtf8Order } from '../../src/provider/utf8-order.ts';
import { bareEtag, type Connection, send } from './connection.ts';

/** https://learn.microsoft.com/rest/api/storageservices/list-blobs */
const maxPageSize = 5000;

/** From the prefix's start: Azure has no way to begin behind a key that every account takes. */
export async function* listBlobs(connection: Connection, range: KeyRange, call: Call): AsyncIterable<StoredObject> {
  for await (const object of inUtf8Order(listPages(connection, range.prefix, call))) {
    if (range.until !== undefined && compareUtf8(object.key, range.until) > 0) return;
    if (range.after === undefined || compareUtf8(object.key, range.after) > 0) yield object;
  }
}

async function* listPages(connection: Connection, prefix: string, call: Call): AsyncIterable<StoredObject> {
  const { container, root } = connection;
  call.signal.throwIfAborted();
  const pages = container
    .listBlobsFlat({ prefix: root + prefix, abortSignal: call.signal })
    .byPage({ maxPageSize })
    [Symbol.asyncIterator]();
  for (;;) {
    const page = await send(connection, call, { action: 'list', key: prefix }, () => pages.next());
    if (page.done) return;
    for (const { name, properties } of page.value.segment.blobItems) {
      const key = name.slice(root.length);
      // Consoles leave an empty blob that is named like the folder.
      if (key !== '') yield { key, size: properties.contentLength ?? 0, etag: bareEtag(properties.etag) };
    }
  }
}
