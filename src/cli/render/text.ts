import { renderNumber } from './quantity.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** A name or message from outside, with what could steer a terminal made visible. */
export function renderName(name: string): string {
  return name.replace(control, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The first `most` rows, and how many there are beyond. */
export function cutRows<T>(
  rows: readonly T[],
  most: number,
): { readonly shown: readonly T[]; readonly hidden: number } {
  // One row more takes as much room as the line that tells of it.
  if (rows.length <= most + 1) return { shown: rows, hidden: 0 };
  return { shown: rows.slice(0, most), hidden: rows.length - most };
}

/** The first items, then how many there are beyond: `a, b and 12 more`. */
export function renderList(items: readonly string[], most: number): string {
  const { shown, hidden } = cutRows(items, most);
  const text = shown.map(renderName).join(', ');
  return hidden === 0 ? text : `${text} and ${renderNumber(hidden)} more`;
}

/** The first line of a text, for a table. */
export function renderFirstLine(text: string): string {
  return renderName(text.trim().split('\n')[0] ?? '');
}
