import { createHash } from 'node:crypto';
import { compareUtf8 } from '../byte-order.ts';
import type { Manifest } from '../model.ts';

/**
 * The `staticfiles.json` that Django's ManifestStaticFilesStorage reads: logical paths to keys, in the form that Django 4.2 and newer
 * write, byte for byte as Django 6 does (sorted). With it on the server, `{% static %}` needs none of the assets.
 */
export function renderDjangoManifest(manifest: Pick<Manifest, 'files'>): string {
  const pairs = manifest.files.map(({ path, key }) => [path, key] as const);
  // Python sorts by code points, as UTF-8 bytes do.
  pairs.sort(([a], [b]) => compareUtf8(a, b));
  const list = pairs.map(([path, key]) => `[${dump(path)}, ${dump(key)}]`);
  const hash = createHash('md5')
    .update(`[${list.join(', ')}]`)
    .digest('hex')
    .slice(0, 12);
  const paths = pairs.map(([path, key]) => `${dump(path)}: ${dump(key)}`);
  return `{"paths": {${paths.join(', ')}}, "version": "1.1", "hash": "${hash}"}`;
}

/** Python's `json.dumps` of a string: all that is not printable ASCII is escaped, in UTF-16 units. */
function dump(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
