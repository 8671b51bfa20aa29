import { createHash } from 'node:crypto';
import type { Asset, Headers } from '../model.ts';
import { tagsOf } from '../tags.ts';

/** A header that carries tags for an edge. */
export interface Tagging {
  /** Lower case, as the origin stores it. */
  readonly header: string;
  readonly separator: ' ' | ',';
}

/**
 * Tags stable files: each with a tag of its own and one of its top directory, so that a deploy of many changes is few tags. Hashed files go without: their
 * URLs are never stale, so the tag of a directory spares them. Tags that a header rule has set stay behind ours.
 */
export function tagAssets(assets: readonly Asset[], taggings: readonly Tagging[], url: string): readonly Asset[] {
  if (taggings.length === 0) return assets;
  return assets.map((asset) =>
    asset.class === 'immutable' ? asset : { ...asset, headers: tag(asset, taggings, url) },
  );
}

function tag({ key, headers }: Asset, taggings: readonly Tagging[], url: string): Headers {
  const tags = tagsOf(url, key, (text) => createHash('sha256').update(text).digest('hex'));
  const tagged = new Map(Object.entries(headers));
  for (const { header, separator } of taggings) {
    const own = headers[header];
    const all = [tags.file, tags.directory, ...(own === undefined || own === '' ? [] : [own])];
    tagged.set(header, all.join(separator));
  }
  return Object.freeze(Object.fromEntries([...tagged].sort(([a], [b]) => (a < b ? -1 : 1))));
}
