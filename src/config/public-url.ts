/** What is wrong with an environment's public URL; undefined when nothing is. */
export function findUrlMistake(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !/^https?:\/\//i.test(text)) {
    return 'expected an absolute URL that starts with https:// or http://';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (text.includes('?') || text.includes('#')) return 'must not hold a query or fragment';
  if (!text.endsWith('/')) return 'must end in `/`';
  if (url.pathname.includes('//')) return 'must not hold an empty path segment';
  return undefined;
}
