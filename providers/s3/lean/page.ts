/** One page of ListObjectsV2, in the SDK's words. */
export interface Page {
  readonly Contents: readonly Listed[];
  readonly IsTruncated: boolean;
  readonly NextContinuationToken: string | undefined;
}

export interface Listed {
  /** Decoded. */
  readonly Key: string;
  readonly Size: number;
  /** As it stands there, mostly in quotes. */
  readonly ETag: string;
}

const start = '<Contents>';
const end = '</Contents>';

/**
 * Reads the XML that S3 and the stores like it send, by looking for the few elements that count: an XML parser spends more on a page than
 * the rest of a run with nothing to do. `undefined` for anything that does not look as expected, for a real parser to read.
 */
export function parsePage(body: Buffer): Page | undefined {
  // One byte a character, so that a place in the text is a place in the bytes.
  const text = body.toString('latin1');
  if (!text.trimEnd().endsWith('</ListBucketResult>') || /<!|<ListBucketResult[^>]*\/>/.test(text)) return undefined;
  const first = text.indexOf(start);
  const last = text.lastIndexOf(end);
  // What says where the listing goes on stands before or behind the objects.
  const around = first < 0 ? text : text.slice(0, first) + text.slice(last + end.length);
  if (around.includes('Contents')) return undefined;
  const isTruncated = fieldOf(around, 'IsTruncated');
  const isUrl = fieldOf(around, 'EncodingType') === 'url';
  if (isTruncated !== 'true' && isTruncated !== 'false') return undefined;
  const Contents: Listed[] = [];
  for (let at = first; at >= 0 && at < last; ) {
    const stop = text.indexOf(end, at);
    const listed = readListed(body, text, { at, stop, isUrl });
    if (!listed) return undefined;
    Contents.push(listed);
    at = stop + end.length;
    // Nothing may stand between two objects but space.
    while (at < last && text[at] !== '<') at++;
    if (at < last && !text.startsWith(start, at)) return undefined;
  }
  const token = fieldOf(around, 'NextContinuationToken');
  return {
    Contents,
    IsTruncated: isTruncated === 'true',
    NextContinuationToken: token === undefined ? undefined : decodeEntities(Buffer.from(token, 'latin1').toString()),
  };
}

function fieldOf(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
}

interface Extent {
  readonly at: number;
  readonly stop: number;
  readonly isUrl: boolean;
}

function readListed(body: Buffer, text: string, { at, stop, isUrl }: Extent): Listed | undefined {
  const key = textOf(body, text, '<Key>', at, stop);
  const etag = textOf(body, text, '<ETag>', at, stop);
  const size = textOf(body, text, '<Size>', at, stop);
  const Size = Number(size || Number.NaN);
  const Key = isUrl ? decode(key) : key;
  if (Key === undefined || etag === undefined || !Number.isSafeInteger(Size)) return undefined;
  return { Key, Size, ETag: etag };
}

function decode(key: string | undefined): string | undefined {
  if (key === undefined || !/[%+]/.test(key)) return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** A copy of its own: a part of `text` would keep the whole page in memory. */
function textOf(body: Buffer, text: string, tag: string, at: number, stop: number): string | undefined {
  const open = text.indexOf(tag, at);
  if (open < 0 || open > stop) return undefined;
  const from = open + tag.length;
  const to = text.indexOf('<', from);
  if (text[to + 1] !== '/') return undefined;
  const value = body.toString('utf8', from, to);
  return value.includes('&') ? decodeEntities(value) : value;
}

const named: Readonly<Record<string, string>> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' };

function decodeEntities(text: string): string {
  // Nearly always the quotes of an etag, and nothing else.
  const unquoted = text.replaceAll('&quot;', '"');
  if (!unquoted.includes('&')) return unquoted;
  return unquoted.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
