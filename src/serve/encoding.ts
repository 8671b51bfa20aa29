import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

/** Decoders by content coding. `zstd` came to Node in 22.15; before, such an object goes only to clients that take it. */
export function findDecoder(coding: string): (() => Transform) | undefined {
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip;
    case 'br':
      return zlib.createBrotliDecompress;
    case 'deflate':
      return zlib.createInflate;
    case 'zstd':
      return 'createZstdDecompress' in zlib ? (zlib.createZstdDecompress as () => Transform) : undefined;
    default:
      return undefined;
  }
}

/** How to send a body that is stored with codings. */
export type Delivery =
  | { readonly kind: 'as-stored' }
  /** Through these, in this order. */
  | { readonly kind: 'decoded'; readonly decoders: readonly (() => Transform)[] }
  | { readonly kind: 'not-acceptable' };

/**
 * `stored` is the object's `content-encoding`. A client that names no codings is taken to know none: many simple ones send no header and
 * cannot decode.
 */
export function chooseDelivery(stored: string | undefined, accepted: string | undefined): Delivery {
  const codings = listCodings(stored);
  if (codings.every((coding) => accepts(accepted ?? '', coding))) return { kind: 'as-stored' };
  const decoders = codings.reverse().map(findDecoder);
  const known = decoders.filter((decoder) => decoder !== undefined);
  return known.length === decoders.length ? { kind: 'decoded', decoders: known } : { kind: 'not-acceptable' };
}

/** The codings of a `content-encoding`, in the order they were applied, without `identity`. */
export function listCodings(header: string | undefined): string[] {
  return (header ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim().replace(/^x-/, ''))
    .filter((coding) => coding !== '' && coding !== 'identity');
}

function accepts(header: string, coding: string): boolean {
  let byStar = false;
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = parameters.find((text) => /^q\s*=/.test(text));
    const isWanted = weight === undefined || Number(weight.replace(/^q\s*=\s*/, '')) > 0;
    if (name.replace(/^x-/, '') === coding) return isWanted;
    if (name === '*') byStar = isWanted;
  }
  return byStar;
}
