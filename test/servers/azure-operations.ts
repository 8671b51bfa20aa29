import type { AzureContext } from './azure.ts';
import { AzureError, type Blob, type Conditions, type Container } from './azure-store.ts';
import { findTexts, renderXml, type Xml } from './s3-xml.ts';

const stored = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type'];

type Operation = (context: AzureContext) => void;

/** What the REST documentation calls the operation that a request asks for. */
export function nameOperation(
  method: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
  blob: string,
) {
  const comp = query.get('comp') ?? '';
  if (blob === '') return { list: 'List Blobs', batch: 'Blob Batch' }[comp] ?? `${method} Container`;
  if (method !== 'PUT') return `${method} Blob`;
  const byComp: Record<string, string> = {
    block: 'Put Block',
    blocklist: 'Put Block List',
    properties: 'Set Blob Properties',
    metadata: 'Set Blob Metadata',
  };
  if (comp !== '') return byComp[comp] ?? `Put ${comp}`;
  if (!('x-ms-copy-source' in headers)) return 'Put Blob';
  return 'x-ms-blob-type' in headers ? 'Put Blob From URL' : 'Copy Blob';
}

export const operations: Readonly<Record<string, Operation>> = {
  'PUT Container': ({ containers, request, newContainer, answer }) => {
    if (containers.has(request.container)) throw new AzureError(409, 'ContainerAlreadyExists');
    containers.set(request.container, newContainer());
    answer(201);
  },
  'List Blobs': listBlobs,
  'GET Blob': getBlob,
  'HEAD Blob': getBlob,
  'DELETE Blob': (context) => {
    findContainer(context).find(context.request.blob);
    findContainer(context).blobs.delete(context.request.blob);
    context.answer(202);
  },
  'Put Blob': (context) => putBytes(context, context.body),
  'Put Block': (context) => {
    findContainer(context).stage(context.request.blob, context.query.get('blockid') ?? '', context.body);
    context.answer(201);
  },
  'Put Block List': (context) => {
    const ids = findTexts(context.body.toString(), 'Latest');
    putBytes(context, findContainer(context).assemble(context.request.blob, ids));
  },
  'Put Blob From URL': (context) => {
    if (context.options.putsFromUrl === false) throw new AzureError(501, 'APINotImplemented');
    const { url, blob } = findSource(context);
    if (!url.searchParams.has('sig'))
      throw new AzureError(403, 'CannotVerifyCopySource', 'Server failed to authenticate.');
    if (context.request.headers['x-ms-copy-source-blob-properties'] !== 'false')
      throw new AzureError(400, 'InvalidHeaderValue');
    putBytes(context, blob.bytes);
  },
  'Copy Blob': (context) => {
    const { blob } = findSource(context);
    const container = findContainer(context);
    container.check(context.request.blob, readConditions(context));
    const metadata = readMetadata(context);
    const target = { ...blob, metadata: Object.keys(metadata).length > 0 ? metadata : blob.metadata };
    answerWritten(context, 202, container.put(context.request.blob, target), {
      'x-ms-copy-status': 'success',
      'x-ms-copy-id': '1',
    });
  },
  'Set Blob Properties': (context) => change(context, { headers: readHeaders(context) }),
  'Set Blob Metadata': (context) => change(context, { metadata: readMetadata(context) }),
};

export function findContainer({ containers, request }: AzureContext): Container {
  const found = containers.get(request.container);
  if (!found) throw new AzureError(404, 'ContainerNotFound', 'The specified container does not exist.');
  return found;
}

function putBytes(context: AzureContext, bytes: Buffer): void {
  const container = findContainer(context);
  container.check(context.request.blob, readConditions(context));
  const blob = { bytes, headers: readHeaders(context), metadata: readMetadata(context) };
  answerWritten(context, 201, container.put(context.request.blob, blob));
}

function change(context: AzureContext, by: Partial<Blob>): void {
  const container = findContainer(context);
  const { request } = context;
  const found = container.find(request.blob);
  container.check(request.blob, readConditions(context));
  answerWritten(context, 200, container.put(request.blob, { ...found, ...by }));
}

function answerWritten(context: AzureContext, status: number, blob: Blob, more: Record<string, string> = {}): void {
  context.answer(status, '', { etag: `"${blob.etag}"`, 'last-modified': blob.modified.toUTCString(), ...more });
}

function getBlob(context: AzureContext): void {
  const { request, answer } = context;
  const blob = findContainer(context).find(request.blob);
  const metadata = Object.entries(blob.metadata).map(([name, value]) => [`x-ms-meta-${name}`, value]);
  answer(200, request.method === 'HEAD' ? '' : blob.bytes, {
    ...blob.headers,
    ...Object.fromEntries(metadata),
    'x-ms-blob-type': 'BlockBlob',
    etag: `"${blob.etag}"`,
    'last-modified': blob.modified.toUTCString(),
    'content-length': String(blob.bytes.length),
  });
}

/** "Alphabetical" is all that is documented; by UTF-16 is the order that clients are least prepared for. */
function listBlobs(context: AzureContext): void {
  const { query } = context;
  const { blobs } = findContainer(context);
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('marker') ?? '';
  const limit = Math.min(5000, Number(query.get('maxresults') ?? 5000));
  const names = [...blobs.keys()].filter((name) => name.startsWith(prefix) && name >= marker).sort();
  const items = names.slice(0, limit).map((Name): Xml => {
    const blob = blobs.get(Name);
    const Properties = {
      'Last-Modified': blob?.modified.toUTCString(),
      Etag: blob?.etag,
      'Content-Length': blob?.bytes.length,
      BlobType: 'BlockBlob',
    };
    return { Name, Properties };
  });
  const body = renderXml('EnumerationResults', {
    Prefix: prefix,
    Blobs: { Blob: items },
    NextMarker: names[limit] ?? '',
  });
  context.answer(200, body.replace(/ xmlns="[^"]*"/, ' ServiceEndpoint="http://localhost/" ContainerName="c"'), {
    'content-type': 'application/xml',
  });
}

function findSource(context: AzureContext): { url: URL; blob: Blob } {
  const { request, containers } = context;
  const url = new URL(request.headers['x-ms-copy-source'] ?? '');
  const [, , container = '', ...rest] = url.pathname.split('/');
  const name = decodeURIComponent(rest.join('/'));
  const source = containers.get(decodeURIComponent(container));
  const blob = source?.blobs.get(name);
  if (!source || !blob) throw new AzureError(404, 'CannotVerifyCopySource', 'The specified blob does not exist.');
  const match = request.headers['x-ms-source-if-match'];
  if (match !== undefined && match.replaceAll('"', '') !== blob.etag)
    throw new AzureError(412, 'SourceConditionNotMet');
  return { url, blob };
}

function readConditions({ request: { headers } }: AzureContext): Conditions {
  return { match: headers['if-match'], noneMatch: headers['if-none-match'] };
}

function readHeaders({ request }: AzureContext): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
  for (const name of stored) {
    const value = request.headers[`x-ms-blob-${name}`];
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

function readMetadata({ request }: AzureContext): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith('x-ms-meta-')) continue;
    const key = name.slice('x-ms-meta-'.length);
    if (!/^[A-Za-z_]\w*$/.test(key)) throw new AzureError(400, 'InvalidMetadata', 'The metadata specified is invalid.');
    metadata[key] = value;
  }
  return metadata;
}
