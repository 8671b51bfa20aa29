/**
 * For gitignore lines that are all about names, not paths: whether any of them matches a name. `undefined` where a line has a slash, takes back, or is
 * written in a way that is not read here. One expression for all lines takes a fraction of what a matcher of paths does, which has some fifty to try on each.
 */
export function makeNameTest(lines: readonly string[]): ((name: string) => boolean) | undefined {
  const sources: string[] = [];
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    const source = toSource(line);
    if (source === undefined) return undefined;
    sources.push(source);
  }
  const any = new RegExp(`^(?:${sources.join('|')})$`, 's');
  return (name) => any.test(name);
}

/** Plain characters, `*`, sets such as `[a-z]`, and escaped characters. */
function toSource(pattern: string): string | undefined {
  if (pattern.startsWith('!') || /[/?\s]/.test(pattern)) return undefined;
  const parts = pattern.match(/\\[^\w]|\[\w+\]|\[[a-z]-[a-z]\]|\*+|[^[\]\\*]/g) ?? [];
  if (
    parts.join('') !== pattern ||
    parts.some((part) => /^\[.-/.test(part) && (part[1] as string) > (part[3] as string))
  )
    return undefined;
  return parts.map((part) => (part.startsWith('*') ? '.*' : part.length > 1 ? part : quote(part))).join('');
}

function quote(character: string): string {
  return character.replace(/[$()+.^{|}]/, '\\$&');
}
