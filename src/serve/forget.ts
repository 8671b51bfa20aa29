import { decodePath } from './address.ts';

/**
 * Makes a test for cached paths out of invalidation items: percent-encoded URL paths, a last `*` meaning everything below. They are
 * compared decoded, so that all spellings of a path match. An item that cannot be decoded matches as it stands.
 */
export function makeMatcher(items: readonly string[]): (path: string) => boolean {
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const item of items) {
    const path = item.replace(/^https?:\/\/[^/]*/i, '');
    if (path.endsWith('*')) prefixes.push(decodePath(path.slice(0, -1)) ?? path.slice(0, -1));
    else exact.add(decodePath(path) ?? path);
  }
  return (path) => exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
}
