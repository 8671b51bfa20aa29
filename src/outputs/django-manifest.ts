import { compareUtf8 } from '../byte-order.ts';
import { mapPaths } from '../lookup.ts';
import type { Lookup, Manifest } from '../model.ts';
import { renderStaticfilesJson } from '../transform/django/staticfiles-json.ts';

/** Format 1.1, which every supported Django since 4.2 reads. */
const defaultVersion = '4.2';

/**
 * The `staticfiles.json` that Django's ManifestStaticFilesStorage reads: logical paths to keys, byte for byte as Django 6 writes it
 * (sorted), or of version 1.0 where Django below 4.2 made the names. With it on the server, `{% static %}` needs none of the assets.
 * What a public CDN serves stands there by its URL, which only the storage of docs/django.md understands.
 */
export function renderDjangoManifest(manifest: Pick<Manifest, 'files' | keyof Lookup>): string {
  const keys = mapPaths(manifest);
  for (const [path, { url }] of Object.entries(manifest.externals ?? {})) keys.set(path, url);
  const sorted = new Map([...keys].sort(([a], [b]) => compareUtf8(a, b)));
  return renderStaticfilesJson(sorted, manifest.djangoVersion ?? defaultVersion);
}
