import { createHash } from 'node:crypto';
import { compareUtf8 } from '../../byte-order.ts';
import { rulesOf } from './rules.ts';

/**
 * Django's `staticfiles.json` for logical paths and their hashed names, byte for byte as Django of that version writes it; `paths` are
 * written in their order. Versions before 4.2 read nothing but format 1.0, which has no hash. Raises DJANGO_UNSUPPORTED.
 */
export function renderStaticfilesJson(paths: ReadonlyMap<string, string>, version: string): string {
  const list = [...paths].map(([path, name]) => `${dump(path)}: ${dump(name)}`);
  const start = `{"paths": {${list.join(', ')}}, "version":`;
  return rulesOf(version).hashesManifest ? `${start} "1.1", "hash": "${hashOf(paths)}"}` : `${start} "1.0"}`;
}

function hashOf(paths: ReadonlyMap<string, string>): string {
  // Python sorts by code points, as UTF-8 bytes do.
  const pairs = [...paths].sort(([a], [b]) => compareUtf8(a, b));
  const list = pairs.map(([path, name]) => `[${dump(path)}, ${dump(name)}]`);
  return createHash('md5')
    .update(`[${list.join(', ')}]`)
    .digest('hex')
    .slice(0, 12);
}

/** Python's `json.dumps` of a string: all that is not printable ASCII is escaped, in UTF-16 units. */
function dump(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
