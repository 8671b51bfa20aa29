/** What is wrong with the URL of a public copy; undefined when nothing is. */
export function findExternalMistake(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(text))
    return 'expected an absolute URL that starts with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  return text.includes('#') ? 'must not hold a fragment' : undefined;
}

/** What is wrong with a logical path; undefined when nothing is. */
export function findPathMistake(text: string): string | undefined {
  const segments = text.split('/');
  if (!segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  return 'expected a logical path such as `vendor/bootstrap.min.css`, without a leading slash and without `.` or `..`';
}
