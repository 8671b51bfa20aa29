/** What is wrong with a prefix, a source's or an origin's; undefined when nothing is. Slashes at the ends do no harm. */
export function findPrefixMistake(text: string): string | undefined {
  const prefix = trimSlashes(text);
  if (prefix === '') return undefined;
  if (prefix.includes('\\')) return 'must be written with `/`, not with a backslash';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  if (/[\u0000-\u001f\u007f]/.test(prefix)) return 'must not hold control characters';
  const segments = prefix.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'must not hold empty, `.` or `..` segments';
  }
  // The folder of live pointer, manifests and lock.
  if (segments.includes('.waybill')) return 'must not hold the segment `.waybill`, which Waybill keeps its state in';
  return undefined;
}

/** Empty, or without a slash in front and with one behind. */
export function resolvePrefix(text: string): string {
  const prefix = trimSlashes(text);
  return prefix === '' ? '' : `${prefix}/`;
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '');
}
