/** The line ending that a text uses. */
export function detectEol(text: string): '\r\n' | '\n' {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Adds a line at the end, in the text's own line ending; a last line that had none gets one. */
export function appendLine(text: string, line: string): string {
  const eol = detectEol(text);
  const between = text === '' || text.endsWith('\n') ? '' : eol;
  return text + between + line + eol;
}
