import { isCredential } from './credentials.ts';

const longest = 60;

/** `, found …` for a message; passwords and signatures in URLs and values under secret-looking keys are never shown. */
export function renderFound(value: unknown, key: string | number | undefined): string {
  if (value === undefined) return ', but it is missing';
  if (typeof key === 'string' && isCredential(key)) return '';
  return `, found ${renderValue(value)}`;
}

function renderValue(value: unknown): string {
  if (typeof value === 'string') return renderString(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return 'a date';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function renderString(value: string): string {
  if (value === '') return 'an empty string';
  const safe = value.replace(/(\/\/)[^/@\s]*@/g, '$1***@').replace(/([?&]sig=)[^&\s]+/gi, '$1***');
  return JSON.stringify(safe.length > longest ? `${safe.slice(0, longest)}…` : safe);
}
