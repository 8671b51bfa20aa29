import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, CopySource, ObjectSpec } from '../../src/provider/contract.ts';
import { type Connection, conflict, objectPath, sendForJson } from './connection.ts';
import { type Generations, toConditions, toEtag, toSourceConditions } from './etag.ts';
import { toWholeResource } from './headers.ts';
import { checkKey } from './keys.ts';
import { headObject } from './read.ts';

interface Rewrite {
  readonly done: boolean;
  readonly rewriteToken?: string;
  readonly resource?: Generations;
}

/**
 * Server-side, atomic, also onto itself. The request carries the whole metadata of the target, so that nothing of the source's comes
 * along. https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite
 */
export async function copyObject(
  connection: Connection,
  from: CopySource,
  to: ObjectSpec,
  call: Call,
): Promise<{ etag: string }> {
  const { bucket } = connection.options;
  checkKey(connection, to.key);
  const resource = toWholeResource(to.headers, to.sha256);
  call.signal.throwIfAborted();
  const sourceConditions = toSourceConditions(from.etag);
  const origin = connectionAt(connection, from.place);
  if (!sourceConditions) throw await explainSource(origin, from, call);
  const target = `b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(connection.root + to.key)}`;
  const request = {
    method: 'POST',
    path: `${objectPath(origin, from.key)}/rewriteTo/${target}`,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: Buffer.from(JSON.stringify(resource)),
  } as const;
  const conditions = { ...sourceConditions, ...toConditions(connection, to.key, to.ifMatch) };
  try {
    // A large object is rewritten over several requests; each repeats what the first one asked for.
    for (let rewriteToken: string | undefined; ; ) {
      const query = { ...conditions, rewriteToken };
      const answer = await sendForJson<Rewrite>(
        connection,
        call,
        { action: 'copy', key: to.key },
        { ...request, query },
      );
      if (answer.done) return { etag: toEtag(answer.resource ?? {}) };
      rewriteToken = answer.rewriteToken;
    }
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'missing') throw error;
    throw await explainSource(origin, from, call);
  }
}

/** The same credentials, looking at another bucket or prefix. */
function connectionAt(connection: Connection, place: CopySource['place']): Connection {
  if (place === undefined) return connection;
  const { bucket, root } = place;
  return { ...connection, root, options: { ...connection.options, bucket }, learnt: {} };
}

/** Why a copy found no source: it is gone, or another one stands there. */
async function explainSource(connection: Connection, from: CopySource, call: Call): Promise<ProviderError> {
  const { options, root } = connection;
  if (await headObject(connection, from.key, call)) return conflict(connection, from.key);
  const message = `GCS bucket ${options.bucket}: cannot copy ${root + from.key}: it does not exist.`;
  return new ProviderError('missing', message);
}
