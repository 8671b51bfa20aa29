const namespace = 'http://cloudfront.amazonaws.com/doc/2020-05-31/';

/** What a client sends to CreateInvalidation. */
export interface SentBatch {
  readonly callerReference: string;
  readonly quantity: number;
  readonly items: readonly string[];
}

export interface StoredInvalidation {
  readonly id: string;
  readonly createTime: string;
  readonly batch: SentBatch;
}

/** Reads an InvalidationBatch document; `undefined` when it is none. */
export function parseBatch(xml: string): SentBatch | undefined {
  const reference = /<CallerReference>([^<]*)<\/CallerReference>/.exec(xml)?.[1];
  const quantity = /<Quantity>(\d+)<\/Quantity>/.exec(xml)?.[1];
  if (!xml.includes('<InvalidationBatch') || reference === undefined || quantity === undefined) return undefined;
  const items = [...xml.matchAll(/<Path>([^<]*)<\/Path>/g)].map(([, path]) => unescapeXml(path ?? ''));
  return { callerReference: unescapeXml(reference), quantity: Number(quantity), items };
}

export function renderInvalidation(invalidation: StoredInvalidation, status: string): string {
  const { batch, createTime, id } = invalidation;
  const items = batch.items.map((item) => element('Path', item)).join('');
  const paths = `<Paths><Quantity>${batch.items.length}</Quantity><Items>${items}</Items></Paths>`;
  const written = `<InvalidationBatch>${paths}${element('CallerReference', batch.callerReference)}</InvalidationBatch>`;
  return `${head}<Invalidation xmlns="${namespace}">${summary(id, createTime, status)}${written}</Invalidation>`;
}

export function renderList(page: {
  readonly summaries: readonly { id: string; createTime: string; status: string }[];
  readonly marker: string;
  readonly nextMarker: string | undefined;
  readonly maxItems: number;
}): string {
  const items = page.summaries.map(
    ({ id, createTime, status }) => `<InvalidationSummary>${summary(id, createTime, status)}</InvalidationSummary>`,
  );
  return [
    `${head}<InvalidationList xmlns="${namespace}">`,
    element('Marker', page.marker),
    page.nextMarker === undefined ? '' : element('NextMarker', page.nextMarker),
    element('MaxItems', String(page.maxItems)),
    element('IsTruncated', String(page.nextMarker !== undefined)),
    element('Quantity', String(items.length)),
    `<Items>${items.join('')}</Items></InvalidationList>`,
  ].join('');
}

export function renderError(code: string, message: string, requestId: string): string {
  const error = `<Error><Type>Sender</Type>${element('Code', code)}${element('Message', message)}</Error>`;
  return `${head}<ErrorResponse xmlns="${namespace}">${error}${element('RequestId', requestId)}</ErrorResponse>`;
}

const head = '<?xml version="1.0"?>\n';

function summary(id: string, createTime: string, status: string): string {
  return element('Id', id) + element('CreateTime', createTime) + element('Status', status);
}

function element(name: string, text: string): string {
  return `<${name}>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16));
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)));
    return entities[entity] ?? whole;
  });
}
