import { readdirSync } from 'node:fs';
import { SourceError } from '../errors/errors.ts';

/**
 * Refuses (SOURCE_NAME) a key that no origin could store or that would be taken for Waybill's own state. Everything else, spaces,
 * `%`, `\`, both Unicode normal forms, is a key as it stands.
 */
export function checkKey(key: string, label: string, maxKeyBytes: number): void {
  if (/[\n\r\0]/.test(key)) {
    throw nameError(`the name of ${JSON.stringify(label)} holds a newline, a carriage return or a NUL`);
  }
  if (key === '.waybill' || key.startsWith('.waybill/')) {
    throw nameError(`${label} would be deployed as ${key}, but .waybill/ is reserved for Waybill's own state`);
  }
  // No UTF-8 text has more than three bytes for each UTF-16 unit, so short names need no counting.
  if (key.length * 3 <= maxKeyBytes) return;
  const bytes = Buffer.byteLength(key);
  if (bytes > maxKeyBytes) {
    throw nameError(`the key of ${label} has ${bytes} bytes; the origin stores at most ${maxKeyBytes}`);
  }
}

/**
 * Names arrive decoded, where a byte that is no UTF-8 has become U+FFFD. Names that hold one are rare; then the folder is read again as
 * bytes, to tell a real U+FFFD from a broken name. Raises SOURCE_NAME.
 */
export function checkUtf8(folder: string, name: string, label: string): void {
  if (!name.includes('\uFFFD')) return;
  const asBytes = readdirSync(folder, { encoding: 'buffer' });
  if (asBytes.some((bytes) => bytes.equals(Buffer.from(name)))) return;
  throw nameError(`the name of ${label} is not valid UTF-8`);
}

/** Whether text can be written as UTF-8; Python hands on other bytes as lone surrogates. */
export function isUtf8(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}

function nameError(message: string): SourceError {
  return new SourceError('SOURCE_NAME', message, { hint: 'Rename the file, or ignore it.' });
}
