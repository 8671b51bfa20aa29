/** A message without its full stop, to stand inside a sentence: vendors' and our own end either way. */
export function toClause(message: string): string {
  return message.replace(/\.$/, '');
}
