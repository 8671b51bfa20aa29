import picomatch from 'picomatch';
import type { ClassRule, Fingerprint } from '../config/types.ts';
import type { AssetClass } from '../model.ts';
import { type HashFolders, hashedStem } from './hashed-name.ts';

/** Files whose name others rely on and that name others themselves; compared in lower case, without `.gz` and the like. */
const entryNames: readonly RegExp[] = [
  /\.(?:html?|xhtml|xht)$/,
  // Feeds and site maps.
  /\.(?:rss|atom)$/,
  /^(?:feed|atom|rss|index|news|blog)\.(?:rss|atom)(?:\.xml)?$/,
  /^(?:feed|atom|rss)\.(?:xml|json)$/,
  /^sitemap[^/]*\.(?:xml|txt)$/,
  /^robots\.txt$/,
  // What browsers, frameworks and servers look assets up in.
  /\.webmanifest$/,
  /^(?:asset-manifest|manifest|staticfiles|importmap|import-map|ngsw)\.json$/,
  /^remoteentry\.m?js$/,
];

const serviceWorker = /^(?:(?:.*[-._])?(?:sw|service-?worker)|ngsw-worker|firebase-messaging-sw|onesignalsdkworker)$/;

/**
 * The class that a name alone tells. HTML and service workers are `entry` even under a hashed name: browsers come back to them by name.
 * `none` takes all other names for stable.
 */
export function recognizeClass(path: string, fingerprint: Fingerprint, folders?: HashFolders): AssetClass {
  const name = path
    .slice(path.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/\.(?:gz|br|zst)$/, '');
  if (/\.(?:html?|xhtml|xht)$/.test(name) || isServiceWorker(name)) return 'entry';
  const stem = fingerprint === 'none' ? undefined : hashedStem(path, folders);
  if (stem !== undefined) return isServiceWorker(`${stem.toLowerCase()}.js`) ? 'entry' : 'immutable';
  return entryNames.some((pattern) => pattern.test(name)) ? 'entry' : 'mutable';
}

/** `classes` rules win over the name, later rules over earlier ones. */
export function makeClassifier(
  rules: readonly ClassRule[],
  folders?: HashFolders,
): (path: string, fingerprint: Fingerprint) => AssetClass {
  const compiled = rules
    .map((rule) => ({ matches: picomatch([...rule.match], { dot: true, windows: false }), class: rule.class }))
    .reverse();
  return (path, fingerprint) =>
    compiled.find(({ matches }) => matches(path))?.class ?? recognizeClass(path, fingerprint, folders);
}

function isServiceWorker(name: string): boolean {
  const script = /^(.+?)(?:\.min)?\.m?js$/.exec(name);
  return script?.[1] !== undefined && serviceWorker.test(script[1]);
}
